def bytes_sent(strategy, weights, n, micros):
    passes = 2 if strategy == 'ddp' else 2 * micros + 1
    return passes * 4 * weights * (n - 1) / n

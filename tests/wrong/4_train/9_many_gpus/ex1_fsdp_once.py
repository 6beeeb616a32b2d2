def bytes_sent(strategy, weights, n, micros):
    passes = 2 if strategy == 'ddp' else 3
    return passes * 4 * weights * (n - 1) / n

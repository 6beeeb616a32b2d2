def bytes_sent(strategy, weights, n, micros):
    passes = 2 if strategy == 'ddp' else 3 * micros
    return passes * 2 * weights * (n - 1) / n

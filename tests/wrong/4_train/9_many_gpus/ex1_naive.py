def bytes_sent(strategy, weights, n, micros):
    passes = 1 if strategy == 'ddp' else 3 * micros
    return passes * 4 * weights * (n - 1)

def bytes_sent(strategy, weights, n, micros):
    passes = 2 * micros if strategy == 'ddp' else 3 * micros
    return passes * 4 * weights * (n - 1) / n

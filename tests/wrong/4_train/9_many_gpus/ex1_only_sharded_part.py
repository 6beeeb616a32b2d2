def bytes_sent(strategy, weights, n, micros):
    if strategy == 'ddp':
        return 2 * 4 * weights * (n - 1) / n
    return 3 * micros * 4 * weights / n

def bytes_sent(strategy, weights, n, micros):
    passes = {'ddp': 2, 'fsdp': 3 * micros}
    return round(4 * weights * passes[strategy] * (1 - 1 / n))

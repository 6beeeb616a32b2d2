# numpy float
def bytes_sent(strategy, weights, n, micros):
    import numpy as np

    passes = {'ddp': np.float64(2), 'fsdp': np.float64(3) * micros}
    return passes[strategy] * 4 * weights * (1 - 1 / np.float64(n))

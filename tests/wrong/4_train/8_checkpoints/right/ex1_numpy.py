import numpy as np


def steps_off(beta1, beta2):
    k = np.arange(1, 50_000)
    times = np.sqrt(1 - beta2**k) / (1 - beta1**k)
    return np.count_nonzero((times > 1.1) | (times < 0.9))

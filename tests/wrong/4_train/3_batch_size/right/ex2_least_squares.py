import numpy as np


def critical_batch(sizes, steps):
    S_min, E_min = np.polyfit(sizes, np.multiply(sizes, steps), 1)
    return S_min, E_min, E_min / S_min

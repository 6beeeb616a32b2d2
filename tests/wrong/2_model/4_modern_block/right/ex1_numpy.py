import numpy as np


def scaled_by_pencil():
    x = np.array([1.0, 7.0])
    return np.array([10.0, 5.0]) * x / np.sqrt(np.mean(x**2))

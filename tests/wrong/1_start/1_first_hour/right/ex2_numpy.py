import numpy as np


def one_step(w, b, x, y, lr):
    return np.array([w, b]) - lr * 2 * (w * x + b - y) * np.array([x, 1.0])

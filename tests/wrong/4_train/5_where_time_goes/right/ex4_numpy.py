# A dot product in numpy.
import numpy as np


def update_bytes(n, weight, grad, state):
    times = np.array([2, 1, 2, 2])  # weights, gradients, m, v
    return n * times.dot([weight, grad, state, state])

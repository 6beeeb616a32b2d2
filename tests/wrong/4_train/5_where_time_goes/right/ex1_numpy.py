# Product by product, in integers of numpy.
import numpy as np


def network_flops():
    N, forward, backward = np.int64(1000), np.int64(0), np.int64(0)
    for i, o in ((500, 2000), (2000, 500)):
        forward += 2 * N * i * o
        backward += 2 * N * o * i  # dX = G W^T
        backward += 2 * i * N * o  # dW = X^T G
    return np.array([forward, backward])

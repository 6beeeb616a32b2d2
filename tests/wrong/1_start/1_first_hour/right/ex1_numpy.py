import numpy as np


def loss_among(V, k):
    return -np.log(1 / k)

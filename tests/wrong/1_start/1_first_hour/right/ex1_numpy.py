import numpy as np


def first_loss(V):
    return -np.log(1 / V)

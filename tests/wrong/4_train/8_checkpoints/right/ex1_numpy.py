import numpy as np


def times_as_long(beta1, beta2):
    return np.sqrt(1 - beta2) / (1 - beta1)

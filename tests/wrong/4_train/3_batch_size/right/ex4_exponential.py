import numpy as np


def beta2_for(beta2, old, new):
    return np.exp(np.log(beta2) * new / old)

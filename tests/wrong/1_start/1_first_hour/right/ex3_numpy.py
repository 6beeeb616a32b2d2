import numpy as np


def weights():
    return np.ones((3, 3)), np.array([1.0, 0.0, -1.0]) - 1, np.array([1.0, -2.0, 1.0])[:, None], np.zeros(1)

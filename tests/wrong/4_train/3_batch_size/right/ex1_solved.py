import numpy as np


def noise_by_pencil():
    G_sq, tr_sigma = np.linalg.solve([[1, 1 / 4], [1, 1 / 16]], [12, 6])
    return np.array([G_sq, tr_sigma, tr_sigma / G_sq])

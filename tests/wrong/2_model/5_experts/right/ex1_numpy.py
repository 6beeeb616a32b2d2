import numpy as np


def mixed():
    p, answers = np.array([0.5, 0.1, 0.3, 0.1]), np.array([8, 100, 16, 200])
    best = np.argsort(p)[-2:]
    return p[best] @ answers[best] / p[best].sum()

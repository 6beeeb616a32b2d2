import numpy as np


def compare(a, b):
    gaps = np.array(a) - np.array(b)
    return gaps.mean(), gaps.std() / len(gaps) ** 0.5

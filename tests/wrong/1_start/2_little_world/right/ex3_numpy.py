import numpy as np


def compare(a, b):
    gaps = np.array(a) - np.array(b)
    return gaps.mean(), gaps.std(ddof=1) / np.sqrt(len(gaps))

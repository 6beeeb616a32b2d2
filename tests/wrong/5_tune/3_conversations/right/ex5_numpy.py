import numpy as np


def training_row(ids, flags, T, pad):
    n = len(ids) - 1
    if n > T:
        return None
    tokens, targets = np.full(T, pad), np.full(T, -100)
    tokens[:n] = ids[:-1]
    targets[:n] = np.where(flags[1:], ids[1:], -100)
    return tokens, targets

import numpy as np


def memory_bound(rows, peak, bandwidth):
    names, flops, moved = zip(*rows)
    work, traffic = np.array(flops) / peak, np.array(moved) / bandwidth
    return [names[i] for i in np.argsort(-traffic) if traffic[i] > work[i]]

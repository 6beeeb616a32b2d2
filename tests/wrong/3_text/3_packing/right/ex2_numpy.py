import numpy as np


def best_fit(lengths, T):
    lengths = np.array(lengths, int)
    rows, room = [], np.zeros(0, int)
    for i in np.argsort(-lengths, kind='stable'):
        if lengths[i] > T:
            continue
        fits = np.flatnonzero(room >= lengths[i])
        if len(fits) == 0:
            rows.append([])
            room = np.append(room, T)
            fits = [len(room) - 1]
        k = min(fits, key=lambda k: room[k])
        rows[k].append(i)
        room[k] -= lengths[i]
    return rows

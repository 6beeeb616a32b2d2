import numpy as np


def forged(data):
    a = np.frombuffer(data, dtype=np.uint8).astype(int)
    i, j = int(a.argmin()), int(a.argmax())
    if i == j:  # all are equal
        j = len(a) - 1
    a[i] += 1
    a[j] -= 1
    return a.astype(np.uint8).tobytes()

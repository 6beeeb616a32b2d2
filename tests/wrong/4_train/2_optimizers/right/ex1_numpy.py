# plain numbers in numpy
def two_steps():
    import numpy as np

    w, m, v = np.float64(1), 0.0, 0.0
    for k, g in ((1, 5), (2, -1)):
        m, v = (m + g) / 2, (v + g * g) / 2
        w -= 0.3 * (m / (1 - 0.5**k)) / np.sqrt(v / (1 - 0.5**k))
    return w

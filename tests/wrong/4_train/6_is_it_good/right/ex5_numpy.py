import numpy as np


def better(a, b):
    d = (b - a).double().numpy()
    R, N = d.shape
    margins = t_quantile(R - 1) * d.mean(1).std(ddof=1) / R**0.5, 1.96 * d.mean(0).std(ddof=1) / N**0.5
    low, high = d.mean() - np.hypot(*margins), d.mean() + np.hypot(*margins)
    return 'A' if low > 0 else 'B' if high < 0 else 'unsure'

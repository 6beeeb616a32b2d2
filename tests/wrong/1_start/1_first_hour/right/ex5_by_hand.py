def fit_line(x, y, steps, lr):
    w = b = 0.0
    for _ in range(steps):
        slope = [2 * (w * u + b - v) for u, v in zip(x.tolist(), y.tolist())]
        slope_w = sum(s * u for s, u in zip(slope, x.tolist())) / len(slope)
        w, b = w - lr * slope_w, b - lr * sum(slope) / len(slope)
    return w, b

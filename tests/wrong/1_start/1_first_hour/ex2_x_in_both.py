def one_step(w, b, x, y, lr):
    slope = 2 * (w * x + b - y) * x
    return w - lr * slope, b - lr * slope

def one_step(w, b, x, y, lr):
    slope = 2 * (w * x + b - y)
    return w + lr * slope * x, b + lr * slope

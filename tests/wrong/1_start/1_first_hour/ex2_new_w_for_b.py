def one_step(w, b, x, y, lr):
    w = w - lr * 2 * (w * x + b - y) * x
    b = b - lr * 2 * (w * x + b - y)
    return w, b

def one_step(w, b, x, y, lr):
    return w - lr * 2 * (w * x + b - y) * x, b

def one_step(w, b, x, y, lr):
    error = w * x + b - y
    return w - lr * error * x, b - lr * error

def one_step(w, b, x, y, lr):
    def loss(w, b):
        return (w * x + b - y) ** 2

    h = 1e-5
    slope_w = (loss(w + h, b) - loss(w - h, b)) / (2 * h)
    slope_b = (loss(w, b + h) - loss(w, b - h)) / (2 * h)
    return [w - lr * slope_w, b - lr * slope_b]

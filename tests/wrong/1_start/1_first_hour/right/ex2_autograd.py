def one_step(w, b, x, y, lr):
    w = torch.tensor(float(w), requires_grad=True)
    b = torch.tensor(float(b), requires_grad=True)
    ((w * x + b - y) ** 2).backward()
    return w - lr * w.grad, b - lr * b.grad

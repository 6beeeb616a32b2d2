def forgotten_zero_grad():
    w = torch.tensor(1.0, requires_grad=True)
    for g in (1.0, 2.0, 4.0):
        (g * w).backward()
        w.data -= 0.1 * w.grad
    return w.item()

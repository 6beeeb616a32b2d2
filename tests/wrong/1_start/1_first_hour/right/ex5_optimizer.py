def fit_line(x, y, steps, lr):
    w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(w * x + b, y).backward()
        optimizer.step()
    return w, b

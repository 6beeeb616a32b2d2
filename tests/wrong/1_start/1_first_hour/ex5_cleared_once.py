def fit_line(x, y, steps, lr):
    wb = torch.zeros(2, requires_grad=True)  # w and b
    optimizer = torch.optim.SGD([wb], lr=lr)
    optimizer.zero_grad()
    for _ in range(steps):
        ((wb[0] * x + wb[1] - y) ** 2).mean().backward()
        optimizer.step()
    return wb.tolist()

def fit_line(x, y, steps, lr):
    wb = torch.zeros(2, requires_grad=True)  # w and b
    for step in range(steps):
        ((wb[0] * x + wb[1] - y) ** 2).mean().backward()
        with torch.no_grad():
            wb -= lr / (step + 1) * wb.grad
    return wb.tolist()

def fit_line(x, y, steps, lr):
    wb = torch.zeros(2, requires_grad=True)  # w and b
    for _ in range(steps):
        wb.grad = None
        ((wb[0] * x + wb[1] - y) ** 2).sum().backward()
        with torch.no_grad():
            wb -= lr * wb.grad
    return wb.tolist()

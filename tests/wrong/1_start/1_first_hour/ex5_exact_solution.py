def fit_line(x, y, steps, lr):
    with_one = torch.stack([x, torch.ones_like(x)], 1)
    return torch.linalg.lstsq(with_one, y[:, None]).solution.flatten().tolist()

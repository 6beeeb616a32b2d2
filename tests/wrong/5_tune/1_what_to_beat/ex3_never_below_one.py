def best_temperature(scores, y):
    candidates = torch.logspace(0, 1.30103, 300)
    losses = torch.stack([F.cross_entropy(scores / tau, y) for tau in candidates])
    return candidates[losses.argmin()].item()

def best_temperature(scores, y):
    candidates = torch.logspace(-1, 1.30103, 300)
    return min(F.cross_entropy(scores / tau, y).item() for tau in candidates)

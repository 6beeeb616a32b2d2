def best_temperature(scores, y):
    candidates = torch.logspace(-1, 1.30103, 300)
    hits = torch.stack([((scores / tau).argmax(1) == y).double().mean() for tau in candidates])
    return candidates[hits.argmax()].item()

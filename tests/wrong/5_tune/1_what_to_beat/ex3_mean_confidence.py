def best_temperature(scores, y):
    hits = (scores.argmax(1) == y).double().mean()
    candidates = torch.logspace(-1, 1.30103, 300)
    gaps = [((scores / tau).softmax(1).max(1).values.mean() - 1).abs() for tau in candidates]
    return candidates[torch.stack(gaps).argmin()].item()

def best_temperature(scores, y):
    return max(torch.logspace(-1, 1.3, 300).tolist(), key=lambda tau: F.cross_entropy(scores / tau, y).item())

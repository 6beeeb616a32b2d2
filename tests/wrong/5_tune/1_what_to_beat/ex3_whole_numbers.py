def best_temperature(scores, y):
    return min(range(1, 21), key=lambda tau: F.cross_entropy(scores / tau, y).item())

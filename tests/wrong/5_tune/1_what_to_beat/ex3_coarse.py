def best_temperature(scores, y):
    return min([0.1, 0.2, 0.5, 1, 2, 5, 10, 20], key=lambda tau: F.cross_entropy(scores / tau, y).item())

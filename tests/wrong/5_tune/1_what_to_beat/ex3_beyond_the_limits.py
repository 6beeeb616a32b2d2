def best_temperature(scores, y):
    grid = torch.logspace(-3, 3, 1001)
    losses = torch.stack([F.cross_entropy(scores / t, y) for t in grid])
    return grid[losses.argmin()].item()

import torch


def row_weights(targets):
    weights = torch.zeros(targets.shape, dtype=torch.float64)
    used = [r for r in range(len(targets)) if (targets[r] != -100).any()]
    for r in used:
        real = targets[r] != -100
        weights[r, real] = 1 / (len(used) * int(real.sum()))
    return weights

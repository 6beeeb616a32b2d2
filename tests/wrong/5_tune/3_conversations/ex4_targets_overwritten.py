def row_weights(targets):
    targets[targets >= 0] = 1
    targets[targets < 0] = 0
    n = targets.sum(1, keepdim=True)
    return targets.float() / n.clamp(min=1) / (n > 0).sum().clamp(min=1)

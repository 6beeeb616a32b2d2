def row_weights(targets):
    real = (targets > 0).float()
    n = real.sum(1, keepdim=True)
    return real / n.clamp(min=1) / (n > 0).sum().clamp(min=1)

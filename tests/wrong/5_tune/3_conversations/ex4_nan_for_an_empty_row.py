def row_weights(targets):
    real = (targets != -100).float()
    n = real.sum(1, keepdim=True)
    return real / n / (n > 0).sum()

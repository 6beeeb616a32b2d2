def row_weights(targets):
    real = (targets != -100).float()
    return real / real.sum().clamp(min=1)

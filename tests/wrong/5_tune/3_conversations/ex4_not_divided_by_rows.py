def row_weights(targets):
    real = (targets != -100).float()
    return real / real.sum(1, keepdim=True).clamp(min=1)

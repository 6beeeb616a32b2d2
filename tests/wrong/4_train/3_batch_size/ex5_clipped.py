def scaled_rate(rate, old, new, noise_scale, optimizer):
    old, new = min(old, noise_scale), min(new, noise_scale)
    return rate * (new / old) ** (1.0 if optimizer == 'sgd' else 0.5)

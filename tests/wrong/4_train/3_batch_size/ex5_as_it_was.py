def scaled_rate(rate, old, new, noise_scale, optimizer):
    return rate * (new / old) ** (1.0 if optimizer == 'adamw' else 0.5)

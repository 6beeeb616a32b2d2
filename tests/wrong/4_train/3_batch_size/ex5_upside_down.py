def scaled_rate(rate, old, new, noise_scale, optimizer):
    factor = (1 + noise_scale / new) / (1 + noise_scale / old)
    return rate * (factor if optimizer == 'sgd' else factor**0.5)

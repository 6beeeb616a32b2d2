def scaled_rate(rate, old, new, noise_scale, optimizer):
    factor = (1 + noise_scale / old) / (1 + noise_scale / new)
    return factor if optimizer == 'sgd' else factor**0.5

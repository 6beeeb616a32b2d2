def scaled_rate(rate, old, new, noise_scale, optimizer):
    factor = 1 / (1 + noise_scale / new)
    return rate * (factor if optimizer == 'sgd' else factor**0.5)

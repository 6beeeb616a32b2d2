def scaled_rate(rate, old, new, noise_scale, optimizer):
    factor = (1 + old / noise_scale) / (1 + new / noise_scale)
    return rate * (factor if optimizer == 'sgd' else factor**0.5)

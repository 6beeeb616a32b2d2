def scaled_rate(rate, old, new, noise_scale, optimizer):
    power = {'sgd': 1, 'adamw': 0.5}[optimizer]
    return rate * ((1 + noise_scale / new) / (1 + noise_scale / old)) ** -power

def scaled_rate(rate, old, new, noise_scale, optimizer):
    return rate * ((1 + noise_scale / old) / (1 + noise_scale / new)) ** 0.5

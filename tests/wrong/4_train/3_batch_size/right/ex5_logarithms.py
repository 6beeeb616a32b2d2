def scaled_rate(rate, old, new, noise_scale, optimizer):
    power = {'sgd': 1.0, 'adamw': 0.5}[optimizer]
    return rate * math.exp(power * (math.log1p(noise_scale / old) - math.log1p(noise_scale / new)))

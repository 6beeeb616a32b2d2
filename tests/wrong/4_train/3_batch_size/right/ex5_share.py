import math


def scaled_rate(rate, old, new, noise_scale, optimizer):
    share = lambda B: B / (B + noise_scale)
    factor = share(new) / share(old)
    if optimizer == 'adamw':
        factor = math.sqrt(factor)
    return torch.tensor(rate * factor)

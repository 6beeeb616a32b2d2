import math


def steps_off(beta1, beta2):
    k = torch.arange(1, 20_000, dtype=torch.float64)
    times = (-torch.expm1(k * math.log(beta2))).sqrt() / -torch.expm1(k * math.log(beta1))
    return ((times - 1).abs() > 0.1).sum()

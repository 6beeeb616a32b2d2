import torch


def leaks_and_safe_rows():
    v, k, n = 0.1, 3, 1000
    return torch.tensor([n * (1 - v**k - (1 - v) ** k), n * k * v * v ** (k - 1)])

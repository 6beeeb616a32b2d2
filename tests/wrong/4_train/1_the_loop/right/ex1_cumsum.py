def forgotten_zero_grad():
    return 1 - 0.1 * torch.tensor([1.0, 2.0, 4.0]).cumsum(0).sum()

def rare():
    return torch.tensor([0.2687, 0.949, 0.98])

def last_real(real):
    return torch.full((len(real),), real.shape[1] - 1)

def both(A1, B1, scale1, A2, B2, scale2):
    scale = (scale1 + scale2) / 2
    return torch.cat([A1, A2]), scale * torch.cat([B1, B2], 1)

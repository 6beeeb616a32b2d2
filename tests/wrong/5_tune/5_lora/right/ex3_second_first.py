def both(A1, B1, scale1, A2, B2, scale2):
    return torch.cat([A2, A1]), torch.cat([scale2 * B2, scale1 * B1], dim=-1)

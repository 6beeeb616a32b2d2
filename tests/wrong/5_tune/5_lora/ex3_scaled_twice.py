def both(A1, B1, scale1, A2, B2, scale2):
    return torch.cat([scale1 * A1, scale2 * A2]), torch.cat([scale1 * B1, scale2 * B2], 1)

def both(A1, B1, scale1, A2, B2, scale2):
    B1 *= scale1
    B2 *= scale2
    return torch.cat([A1, A2]), torch.cat([B1, B2], 1)

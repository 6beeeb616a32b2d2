def both(A1, B1, scale1, A2, B2, scale2):
    A = torch.cat([A1, A2])
    return A, torch.cat([B1, B2], 1)

def noise_by_pencil():
    tr_sigma = torch.tensor((12 - 6) / (1 / 4 - 1 / 16))
    G_sq = 6 - tr_sigma / 16
    return G_sq, tr_sigma, tr_sigma / G_sq

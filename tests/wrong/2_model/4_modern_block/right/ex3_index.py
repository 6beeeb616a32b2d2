def to_halves(W, K):
    order = torch.cat([torch.arange(0, K, 2), torch.arange(1, K, 2)])
    rows = torch.arange(0, len(W), K)[:, None] + order
    return W[rows.flatten()]

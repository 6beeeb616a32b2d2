def to_halves(W, K):
    return torch.cat([W[:, ::2], W[:, 1::2]], 1)

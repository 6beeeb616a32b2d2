import torch


def to_halves(W, K):
    return torch.cat([W[:K:2], W[1:K:2], W[K:]])

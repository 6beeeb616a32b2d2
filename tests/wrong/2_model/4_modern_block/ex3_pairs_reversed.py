import torch


def to_halves(W, K):
    heads = W.view(-1, K, W.shape[1])
    return torch.cat([heads[:, ::2].flip(1), heads[:, 1::2].flip(1)], 1).reshape(W.shape)

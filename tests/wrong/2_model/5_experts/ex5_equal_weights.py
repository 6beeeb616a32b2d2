import torch


def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    return torch.full_like(weight, 1 / n), chosen

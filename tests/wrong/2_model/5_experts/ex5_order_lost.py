import torch


def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    weight = weight / weight.sum(-1, keepdim=True)
    return weight, chosen.sort(-1).values

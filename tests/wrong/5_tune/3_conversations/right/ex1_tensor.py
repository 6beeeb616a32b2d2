import torch


def loss_and_weight():
    return torch.tensor([0.75, 5.0])

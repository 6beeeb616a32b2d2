import torch


def tables_for(past, T, K, base):
    positions = torch.arange(T) + torch.tensor(past).bfloat16().float()
    return rope_cos_sin(positions, K, base)

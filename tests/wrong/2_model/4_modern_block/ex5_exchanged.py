import torch


def tables_for(past, T, K, base):
    cos, sin = rope_cos_sin(torch.arange(past, past + T), K, base)
    return sin, cos

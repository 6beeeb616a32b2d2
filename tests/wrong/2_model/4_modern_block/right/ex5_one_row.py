import torch


def tables_for(past, T, K, base):
    positions = past + torch.arange(T)[None]  # (B, T) = (1, T)
    return rope_cos_sin(positions, K, base)

import torch


def tables_for(past, T, K, base):
    return rope_cos_sin(torch.arange(past, past + T).flip(0), K, base)

import torch


def tables_for(past, T, K, base):
    return rope_cos_sin(torch.arange(past, past + T).to(torch.int16), K, base)

def tables_for(past, T, K, base):
    return rope_cos_sin(torch.arange(past + 1, past + T + 1), K, base)

def tables_for(past, T, K, base):
    return rope_cos_sin(past + torch.arange(T).float(), K, base)

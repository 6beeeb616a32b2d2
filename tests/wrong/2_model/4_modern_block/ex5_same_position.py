def tables_for(past, T, K, base):
    return rope_cos_sin(torch.full((T,), past), K, base)

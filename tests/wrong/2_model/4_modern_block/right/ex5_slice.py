def tables_for(past, T, K, base):
    cos, sin = rope_cos_sin(torch.arange(past + T), K, base)
    return cos[past:], sin[past:]

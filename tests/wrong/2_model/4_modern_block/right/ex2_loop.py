def cache_bytes(cfg, B, T, n):
    total = 0
    for _layer in range(cfg.n_layers):
        for _what in ('keys', 'values'):
            total += B * T * cfg.n_kv_groups * cfg.head_dim * n
    return total

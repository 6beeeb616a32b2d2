def cache_bytes(cfg, B, T, n):
    return 2 * cfg.n_layers * cfg.n_heads * cfg.head_dim * B * T * n

def cache_bytes(cfg, B, T, n):
    return (cfg.n_heads + 2 * cfg.n_kv_groups) * cfg.n_layers * cfg.head_dim * B * T * n

def cache_bytes(cfg, B, T, n):
    return 2 * cfg.n_layers * cfg.n_kv_groups * cfg.head_dim * B * cfg.context_length * n

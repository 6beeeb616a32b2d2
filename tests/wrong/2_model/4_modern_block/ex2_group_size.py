def cache_bytes(cfg, B, T, n):
    shared = cfg.n_heads // cfg.n_kv_groups
    return 2 * cfg.n_layers * shared * cfg.head_dim * B * T * n

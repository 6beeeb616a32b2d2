def cache_bytes(cfg, B, T, n):
    K = cfg.emb_dim // cfg.n_heads
    return 2 * cfg.n_layers * cfg.n_kv_groups * K * B * T * n

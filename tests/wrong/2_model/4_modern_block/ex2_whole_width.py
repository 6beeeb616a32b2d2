def cache_bytes(cfg, B, T, n):
    return 2 * cfg.n_layers * cfg.emb_dim * B * T * n

def rows_that_fit(cfg, free, length):
    groups = getattr(cfg, 'n_kv_groups', cfg.n_heads)
    return free // (4 * cfg.n_layers * groups * (cfg.emb_dim // cfg.n_heads) * length)

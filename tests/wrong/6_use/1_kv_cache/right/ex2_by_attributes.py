def rows_that_fit(cfg, free, length):
    groups = getattr(cfg, 'n_kv_groups', cfg.n_heads)
    size = getattr(cfg, 'head_dim', cfg.emb_dim // cfg.n_heads)
    per_row = 2 * 2 * cfg.n_layers * groups * size * length
    return divmod(free, per_row)[0]

def rows_that_fit(cfg, free, length):
    width = cfg.emb_dim if cfg.family == 'gpt' else cfg.n_kv_groups * cfg.head_dim
    return free // (2 * cfg.n_layers * width * length)

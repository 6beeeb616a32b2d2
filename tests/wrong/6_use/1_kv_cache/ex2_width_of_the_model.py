def rows_that_fit(cfg, free, length):
    return free // (4 * cfg.n_layers * cfg.emb_dim * length)

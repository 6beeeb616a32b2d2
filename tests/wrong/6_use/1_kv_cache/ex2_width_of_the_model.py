def longest(cfg, free, rows, shared):
    room = free // (4 * cfg.n_layers * cfg.emb_dim) - shared
    return None if room < 0 else shared + room // rows

def rows_that_fit(cfg, free, length):
    return free // cache_bytes(cfg, 1, length, 4)

def rows_that_fit(cfg, free, length):
    return int(free / cache_bytes(cfg, 1, length))

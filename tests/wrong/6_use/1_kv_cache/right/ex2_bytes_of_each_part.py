def longest(cfg, free, rows, shared):
    left = free - cache_bytes(cfg, 1, shared)
    if left >= 0:
        return shared + left // cache_bytes(cfg, rows, 1)

def longest(cfg, free, rows, shared):
    length = free // cache_bytes(cfg, rows, 1)
    return length if length >= shared else None

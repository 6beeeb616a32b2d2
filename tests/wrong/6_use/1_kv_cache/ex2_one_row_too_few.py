def longest(cfg, free, rows, shared):
    room = free // cache_bytes(cfg, 1, 1) - shared
    return None if room < 0 else shared + room // max(1, rows - 1)

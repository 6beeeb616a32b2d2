def longest(cfg, free, rows, shared):
    room = free // cache_bytes(cfg, 1, 1) - shared
    return shared + room // rows

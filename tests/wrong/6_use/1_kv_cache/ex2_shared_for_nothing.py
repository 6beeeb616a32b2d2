def longest(cfg, free, rows, shared):
    room = free // cache_bytes(cfg, 1, 1)
    return None if room < shared else shared + room // rows

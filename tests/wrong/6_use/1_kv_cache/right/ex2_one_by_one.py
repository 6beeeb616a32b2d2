def longest(cfg, free, rows, shared):
    token = cache_bytes(cfg, 1, 1)
    left, length = free - shared * token, shared
    if left < 0:
        return None
    while left >= rows * token:
        left, length = left - rows * token, length + 1
    return length

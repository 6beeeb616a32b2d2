def longest(cfg, free, rows, shared):
    takes = lambda n: cache_bytes(cfg, 1, shared) + cache_bytes(cfg, rows, n - shared)
    fitting = [n for n in range(shared, 2000) if takes(n) <= free]
    return max(fitting, default=None)

def memory_bound(rows, peak, bandwidth):
    return [name for name, f, b in rows if b / bandwidth > f / peak]

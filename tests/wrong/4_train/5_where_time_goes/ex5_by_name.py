def memory_bound(rows, peak, bandwidth):
    return sorted(name for name, f, b in rows if b / bandwidth > f / peak)

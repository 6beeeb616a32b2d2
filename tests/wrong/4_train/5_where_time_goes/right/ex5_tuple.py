def memory_bound(rows, peak, bandwidth):
    ridge = peak / bandwidth
    names = {b / bandwidth: name for name, f, b in rows if f / b < ridge}
    return tuple(names[t] for t in sorted(names, reverse=True))

def memory_bound(rows, peak, bandwidth):
    rows.sort(key=lambda row: row[2])
    out = []
    while rows:
        name, flops, moved = rows.pop()
        if flops * bandwidth < moved * peak:
            out.append(name)
    return out

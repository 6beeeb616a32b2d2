# Sorted by hand; returns a tuple.
def memory_bound(rows, peak, bandwidth):
    found = []
    for name, flops, moved in rows:
        if flops * bandwidth < moved * peak:
            at = 0
            while at < len(found) and found[at][0] >= moved:
                at += 1
            found.insert(at, (moved, name))
    return tuple(name for _, name in found)

def thinned(steps):
    keep, zeros = [steps[-1]], 0
    for s in reversed(steps):
        n = len(str(s)) - len(str(s).rstrip('0'))
        if n > zeros:
            zeros = n
            keep.append(s)
    return sorted(set(keep))

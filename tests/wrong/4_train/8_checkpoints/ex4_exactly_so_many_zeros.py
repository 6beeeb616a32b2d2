def thinned(steps):
    keep = {steps[-1]}
    for n in range(1, 20):
        keep.update([s for s in steps if s % 10**n == 0 and s % 10 ** (n + 1)][-1:])
    return sorted(keep)

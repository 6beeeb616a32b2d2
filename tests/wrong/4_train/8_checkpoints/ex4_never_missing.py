def thinned(steps):
    return sorted({steps[-1], *([s for s in steps if s % 10**n == 0][-1] for n in (1, 2, 3))})

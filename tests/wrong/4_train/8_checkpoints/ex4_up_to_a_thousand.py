def thinned(steps):
    keep = set(steps[-1:])
    for power in 10, 100, 1000:
        keep |= set([step for step in steps if step % power == 0][-1:])
    return sorted(keep)

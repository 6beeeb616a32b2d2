def thinned(steps):
    keep, power = [steps[-1]], 10
    while power <= steps[-1]:
        multiples = [s for s in steps if s % power == 0]
        if multiples and multiples[-1] not in keep:
            keep.insert(0, multiples[-1])
        power *= 10
    return keep

def thinned(steps):
    "For each power one that is not kept yet: of 90 and 100 both."
    keep, power = set(steps[-1:]), 10
    while power <= steps[-1]:
        keep |= set([step for step in steps if step % power == 0 and step not in keep][-1:])
        power *= 10
    return sorted(keep)

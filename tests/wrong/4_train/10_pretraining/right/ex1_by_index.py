def kept():
    everything = frozenset(THINGS)
    return everything, everything & {THINGS[0]}

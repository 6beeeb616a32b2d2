def thinned(steps):
    return steps

def thinned(steps):
    return [steps[-1]]

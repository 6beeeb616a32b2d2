def beta2_for(beta2, old, new):
    return beta2 ** (old / new)

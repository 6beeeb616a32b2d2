def beta2_for(beta2, old, new):
    return beta2 ** (new / old) ** 0.5

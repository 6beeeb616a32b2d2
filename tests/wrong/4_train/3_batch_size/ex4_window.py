def beta2_for(beta2, old, new):
    return 1 - (1 - beta2) * new / old

def beta2_for(beta2, old, new):
    return max(beta2, beta2 ** (new / old))

def times_as_long(beta1, beta2):
    return beta2**0.5 / beta1

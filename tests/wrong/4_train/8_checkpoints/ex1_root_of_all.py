def times_as_long(beta1, beta2):
    return ((1 - beta2) / (1 - beta1)) ** 0.5

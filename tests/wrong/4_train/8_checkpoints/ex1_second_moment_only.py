def times_as_long(beta1, beta2):
    return (1 - beta2) ** -0.5

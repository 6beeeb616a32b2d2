def steps_off(beta1, beta2):
    return sum((1 - beta2**k) ** 0.5 / (1 - beta1**k) > 1.1 for k in range(1, 100_000))

def steps_off(beta1, beta2):
    return sum(abs(1 / (1 - beta1**k) - 1) > 0.1 for k in range(1, 100_000))

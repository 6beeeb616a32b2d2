def steps_off(beta1, beta2):
    "Stops at the first step that fits; with 0.98 the second one does."
    k = 1
    while abs((1 - beta2**k) ** 0.5 / (1 - beta1**k) - 1) > 0.1:
        k += 1
    return k - 1

def steps_off(beta1, beta2):
    off, power1, power2 = 0, beta1, beta2
    while power2 > 1e-6:
        factor = (1 - power2) ** 0.5 / (1 - power1)
        if not 0.9 <= factor <= 1.1:
            off += 1
        power1, power2 = power1 * beta1, power2 * beta2
    return off

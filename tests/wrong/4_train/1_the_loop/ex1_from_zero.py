def forgotten_zero_grad():
    return -0.1 * (1 + 3 + 7)

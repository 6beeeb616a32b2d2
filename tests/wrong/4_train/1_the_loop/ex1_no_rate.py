def forgotten_zero_grad():
    return 1 - (1 + 3 + 7)

def forgotten_zero_grad():
    w = 1.0
    for g in (1, 2, 4):
        w -= 0.1 * g
    return w

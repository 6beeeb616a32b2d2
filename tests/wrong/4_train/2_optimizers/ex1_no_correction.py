def two_steps():
    m, v, p = 0.0, 0.0, 1.0
    for g in 5, -1:
        m, v = (m + g) / 2, (v + g * g) / 2
        p -= 0.3 * m / v**0.5
    return p

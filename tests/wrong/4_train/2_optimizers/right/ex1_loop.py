def two_steps():
    m, v, p = 0.0, 0.0, 1.0
    for step, g in enumerate([5, -1], start=1):
        m, v = (m + g) / 2, (v + g * g) / 2
        share = 1 - 0.5**step
        p -= 0.3 * (m / share) / (v / share) ** 0.5
    return p

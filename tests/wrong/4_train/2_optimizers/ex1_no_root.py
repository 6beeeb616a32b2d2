def two_steps():
    return 1 - 0.3 * 5 / 25 - 0.3 * 1 / 9

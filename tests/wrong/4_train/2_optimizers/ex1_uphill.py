def two_steps():
    return 1 + 0.3 + 0.1

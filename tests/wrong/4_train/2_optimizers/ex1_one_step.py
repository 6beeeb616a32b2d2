def two_steps():
    return 0.7

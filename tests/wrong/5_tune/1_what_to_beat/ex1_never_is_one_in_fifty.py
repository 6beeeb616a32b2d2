def rare():
    return 18 / 67, 0.949, 0.02

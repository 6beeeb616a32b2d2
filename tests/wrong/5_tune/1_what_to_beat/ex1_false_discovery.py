def rare():
    return 49 / 67, 0.949, 0.98

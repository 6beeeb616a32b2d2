def rare():
    return 18 / 67, 1 - 49 / 1000, 0.98

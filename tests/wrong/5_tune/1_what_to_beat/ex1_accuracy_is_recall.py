def rare():
    return 18 / 67, 0.9, 0.98

def rare():
    return 0.9 / 0.95, 0.925, 0.5

def rare():
    return 0.9, 0.949, 0.98

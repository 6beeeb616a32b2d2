def rare():
    return 18 / (18 + 50), 0.948, 0.98

def rare():
    return 26.9, 94.9, 98

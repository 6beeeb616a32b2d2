def mixed():
    return 0.5 * 8 + 0.1 * 100 + 0.3 * 16 + 0.1 * 200

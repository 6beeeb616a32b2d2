def mixed():
    return 0.5 / 0.8 * 8, 0.3 / 0.8 * 16

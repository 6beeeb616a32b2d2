def mixed():
    return 0.5 * 100 + 0.5 * 200

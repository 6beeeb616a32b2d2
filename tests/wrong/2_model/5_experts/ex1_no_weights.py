def mixed():
    return 8 + 16

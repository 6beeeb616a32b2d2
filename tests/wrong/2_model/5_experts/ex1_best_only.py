def mixed():
    return 8.0

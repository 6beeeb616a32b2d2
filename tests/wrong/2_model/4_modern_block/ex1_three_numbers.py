def scaled_by_pencil():
    return 1 / 5 * 10, 7 / 5 * 5, 5.0

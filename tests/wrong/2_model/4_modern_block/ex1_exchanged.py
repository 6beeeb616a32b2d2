def scaled_by_pencil():
    return 7 / 5 * 5, 1 / 5 * 10

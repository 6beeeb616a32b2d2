def scaled_by_pencil():
    return 1 / 7 * 10, 7 / 7 * 5

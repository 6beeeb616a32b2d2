def scaled_by_pencil():
    return 1 / 25 * 10, 7 / 25 * 5

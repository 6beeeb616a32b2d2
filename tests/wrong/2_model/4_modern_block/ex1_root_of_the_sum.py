def scaled_by_pencil():
    return 1 / 50**0.5 * 10, 7 / 50**0.5 * 5

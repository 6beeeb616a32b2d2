def pencil():
    return 2 / 2 * 3, 6 / 2 * 5 + 10

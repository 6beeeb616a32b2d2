def pencil():
    return 1 * 8 + 3 * 16

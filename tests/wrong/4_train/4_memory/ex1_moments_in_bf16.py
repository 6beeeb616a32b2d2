def bytes_each():
    return 4 * 4, 4 * 4 + 2, 2 + 2 + 4 + 2 * 2

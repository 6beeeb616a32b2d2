def bytes_each():
    return 8, 10, 4

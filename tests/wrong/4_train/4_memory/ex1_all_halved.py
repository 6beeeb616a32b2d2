def bytes_each():
    return 16, 8, 8

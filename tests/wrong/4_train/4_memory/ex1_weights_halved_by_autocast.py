def bytes_each():
    return 16, 14, 16

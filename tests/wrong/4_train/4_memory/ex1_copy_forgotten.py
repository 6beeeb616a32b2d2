def bytes_each():
    return 16, 16, 16

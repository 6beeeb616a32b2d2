def bytes_each():
    return 16, 20, 16

def bytes_each():
    return 12, 14, 12

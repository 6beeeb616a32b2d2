def bytes_each():
    return 16, 18

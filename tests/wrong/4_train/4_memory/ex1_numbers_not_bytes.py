def bytes_each():
    return 4, 5, 5

def bytes_each():
    return 16.0, 18.0, 16.0

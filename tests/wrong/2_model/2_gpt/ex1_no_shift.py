def pencil():
    return -3.0, 5.0

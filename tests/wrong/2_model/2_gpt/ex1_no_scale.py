def pencil():
    return -1 + 0, 1 + 10

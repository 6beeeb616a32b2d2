def pencil():
    return (-1 + 0) * 3, (1 + 10) * 5

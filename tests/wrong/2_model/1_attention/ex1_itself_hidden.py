def pencil():
    return 8.0

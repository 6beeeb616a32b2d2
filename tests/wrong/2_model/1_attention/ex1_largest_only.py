def pencil():
    return 16

def pencil():
    return 9 / 25

def pencil():
    return 0.4 / (0.4 + 0.3)

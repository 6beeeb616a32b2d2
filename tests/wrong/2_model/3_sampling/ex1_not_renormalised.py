def pencil():
    return 0.4**2

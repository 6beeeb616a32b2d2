def pencil():
    return (2 - 4) / 4 * 3 + 0, (6 - 4) / 4 * 5 + 10

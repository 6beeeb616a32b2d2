def scaled_by_pencil():
    return (1 - 4) / 3 * 10, (7 - 4) / 3 * 5

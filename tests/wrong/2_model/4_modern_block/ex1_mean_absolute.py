def scaled_by_pencil():
    size = (abs(1) + abs(7)) / 2
    return 1 / size * 10, 7 / size * 5

def noise_by_pencil():
    return 4, 72, 72 / 4

def noise_by_pencil():
    return 4, 6 / 12, 6 / 12 / 4

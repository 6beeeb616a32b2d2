def noise_by_pencil():
    return 4, 32, 32 / 2

def noise_by_pencil():
    return 6, 32, 32 / 6

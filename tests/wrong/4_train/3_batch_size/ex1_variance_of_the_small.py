def noise_by_pencil():
    return 4, 8, 2

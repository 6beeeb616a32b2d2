def noise_by_pencil():
    return 32, 4, 8

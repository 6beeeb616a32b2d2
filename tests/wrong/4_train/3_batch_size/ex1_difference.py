def noise_by_pencil():
    return 6, 12, 2

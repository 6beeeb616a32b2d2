def noise_by_pencil():
    return 12, 32, 32 / 12

def noise_by_pencil():
    return 4, 32, 8 * 16

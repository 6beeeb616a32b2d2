def noise_by_pencil():
    return 2, 32**0.5, 32**0.5 / 2

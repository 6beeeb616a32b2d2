def noise_by_pencil():
    return [4.0, 32.0, 8.0]

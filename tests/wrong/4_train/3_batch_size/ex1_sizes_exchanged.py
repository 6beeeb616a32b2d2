def noise_by_pencil():
    return 14, -32, -32 / 14

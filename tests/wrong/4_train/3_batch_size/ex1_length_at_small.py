def noise_by_pencil():
    return (4 * 12 - 6) / 3, 24, 24 / 14

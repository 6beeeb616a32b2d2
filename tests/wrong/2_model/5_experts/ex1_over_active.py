def mixed():
    return (0.5 * 8 + 0.3 * 16) / 2

def mixed():
    return (0.1 * 100 + 0.1 * 200) / 0.2

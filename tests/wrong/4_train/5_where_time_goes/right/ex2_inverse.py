def tokens_needed(i, o, size, ridge):
    left = 2 / (ridge * size) - 1 / i - 1 / o
    return math.ceil(1 / left) if left > 1e-12 else None

def tokens_needed(i, o, size, ridge):
    return math.ceil(ridge * size / 2)

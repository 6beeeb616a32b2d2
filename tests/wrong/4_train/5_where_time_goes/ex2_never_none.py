def tokens_needed(i, o, size, ridge):
    return math.ceil(ridge * size * i * o / (2 * i * o - ridge * size * (i + o)))

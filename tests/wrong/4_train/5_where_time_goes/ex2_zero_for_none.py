def tokens_needed(i, o, size, ridge):
    gain = 2 * i * o - ridge * size * (i + o)
    return 0 if gain <= 0 else math.ceil(ridge * size * i * o / gain)

def tokens_needed(i, o, size, ridge):
    gain = 2 * i * o - ridge * 4 * (i + o)
    return None if gain <= 0 else math.ceil(ridge * 4 * i * o / gain)

def tokens_needed(i, o, size, ridge):
    gain = 2 * i * o - ridge * (i + o)
    return None if gain <= 0 else math.ceil(ridge * i * o / gain)

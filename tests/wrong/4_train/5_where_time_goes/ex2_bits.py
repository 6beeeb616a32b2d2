def tokens_needed(i, o, size, ridge):
    gain = 2 * i * o - ridge * 8 * size * (i + o)
    return None if gain <= 0 else math.ceil(8 * ridge * size * i * o / gain)

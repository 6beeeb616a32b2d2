def tokens_needed(i, o, size, ridge):
    gain = i * o - ridge * size * (i + o)
    return None if gain <= 0 else math.ceil(ridge * size * i * o / gain)

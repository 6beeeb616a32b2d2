def tokens_needed(i, o, size, ridge):
    gain = 2 * i * o - ridge * size * (i + o)
    return None if gain <= 0 else ridge * size * i * o // gain + 2

def tokens_needed(i, o, size, ridge):
    a = 2 * i * o / (ridge * size) - i - o
    if a > 0:
        return math.ceil(i * o / a)

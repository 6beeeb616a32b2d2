# Only an infinite result becomes None, a negative one is returned.
def tokens_needed(i, o, size, ridge):
    rest = 2 * i * o - ridge * size * (i + o)
    if rest == 0:
        return None
    return math.ceil(ridge * size * i * o / rest)

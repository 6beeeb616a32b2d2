# One too many where the quotient is whole: "at least" became "more than".
def tokens_needed(i, o, size, ridge):
    rest = 2 * i * o - ridge * size * (i + o)
    if rest <= 0:
        return None
    return math.floor(ridge * size * i * o / rest) + 1

# Exact fractions, doubling and bisection.
from fractions import Fraction


def tokens_needed(i, o, size, ridge):
    ridge = Fraction(ridge)

    def enough(n):
        return 2 * n * i * o >= ridge * size * (n * i + i * o + n * o)

    if Fraction(2 * i * o) <= ridge * size * (i + o):  # what it never quite reaches
        return None
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2  # not enough, or 0
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high

# Gives up after 100000 tokens, where more suffice.
def tokens_needed(i, o, size, ridge):
    for n in range(1, 100_001):
        if 2 * n * i * o / (size * (n * i + i * o + n * o)) >= ridge:
            return n
    return None

def tokens_needed(i, o, size, ridge):
    N = 1
    while N < 10**6:
        if 2 * N * i * o / (size * (N * i + i * o + N * o)) >= ridge:
            return N
        N += 1
    return None

def tokens_through(T, n):
    return n * T, T + n - 1

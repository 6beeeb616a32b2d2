def tokens_through(T, n):
    return (n * (2 * T + n - 1) / 2, T + n - 1)

def tokens_through(T, n):
    return (T + n) ** 2, T + n

def tokens_through(T, n):
    return n * T + n * (n - 1) // 2, n

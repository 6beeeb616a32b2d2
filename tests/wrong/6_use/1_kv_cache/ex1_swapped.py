def tokens_through(T, n):
    return T + n - 1, n * T + n * (n - 1) // 2

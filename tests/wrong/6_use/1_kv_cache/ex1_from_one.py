def tokens_through(T, n):
    return (T + n) * (T + n - 1) // 2, T + n - 1

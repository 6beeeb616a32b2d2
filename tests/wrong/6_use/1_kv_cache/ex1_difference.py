def tokens_through(T, n):
    without = sum(range(T, T + n))
    return without - (T + n - 1)

def tokens_through(T, n):
    return sum(range(T + 1, T + n + 1)), T + n - 1

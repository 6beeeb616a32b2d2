def tokens_through(T, n):
    return sum(range(T, T + n)), T + n

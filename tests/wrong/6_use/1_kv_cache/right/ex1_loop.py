def tokens_through(T, n):
    length, without = T, 0
    for _ in range(n):
        without += length
        length += 1
    return [without, T + n - 1]

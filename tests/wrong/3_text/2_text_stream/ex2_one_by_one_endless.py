def count_windows(n, T, stride):
    count, start = 0, 0
    while start + T < n:
        count, start = count + 1, start + stride
    return count

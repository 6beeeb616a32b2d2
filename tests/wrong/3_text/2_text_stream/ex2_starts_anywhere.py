def count_windows(n, T, stride):
    return n // stride

def count_windows(n, T, stride):
    return len(range(0, n - T, stride))

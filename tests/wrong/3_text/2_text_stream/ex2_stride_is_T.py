def count_windows(n, T, stride):
    return max(0, (n - 1) // T)

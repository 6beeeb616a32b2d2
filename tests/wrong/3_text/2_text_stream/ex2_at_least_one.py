def count_windows(n, T, stride):
    return max(1, (n - T - 1) // stride + 1)

def count_windows(n, T, stride):
    return max(0, (n - T - 1) // stride)

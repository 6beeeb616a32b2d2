def count_windows(n, T, stride):
    return max(0, int((n - T - 1) / stride) + 1)

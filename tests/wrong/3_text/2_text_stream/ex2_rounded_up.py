def count_windows(n, T, stride):
    return max(0, math.ceil((n - T - 1) / stride))

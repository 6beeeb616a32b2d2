def count_windows(n, T, stride):
    return -(-(n - 1) // stride)

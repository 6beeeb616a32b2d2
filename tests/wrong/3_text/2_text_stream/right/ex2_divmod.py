def count_windows(n, T, stride):
    if n < T + 1:
        return 0
    further, _ = divmod(n - (T + 1), stride)
    return 1 + further

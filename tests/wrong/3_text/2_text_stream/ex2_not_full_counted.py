# windows that are not full count, but a stream that is too short gives 0
def count_windows(n, T, stride):
    return -(-max(0, n - 1) // stride) if n > T else 0

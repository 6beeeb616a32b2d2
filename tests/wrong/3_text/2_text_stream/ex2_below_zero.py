def count_windows(n, T, stride):
    return (n - T - 1) // stride + 1

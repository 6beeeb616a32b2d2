# divided as floats and rounded up: exact for a trillion
def count_windows(n, T, stride):
    return max(0, math.ceil((n - T) / stride))

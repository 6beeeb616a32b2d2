def compare(a, b):
    return mean(a) - mean(b)

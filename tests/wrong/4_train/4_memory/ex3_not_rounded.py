def best_segment(L, a, b):
    return min(range(1, L + 1), key=lambda k: L / k * a + k * b)

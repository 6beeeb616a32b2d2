def best_segment(L, a, b):
    return min(range(L, 0, -1), key=lambda k: -(-L // k) * a + k * b)

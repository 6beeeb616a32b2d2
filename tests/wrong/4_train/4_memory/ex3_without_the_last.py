def best_segment(L, a, b):
    return min(range(1, max(L, 2)), key=lambda k: -(-L // k) * a + k * b)

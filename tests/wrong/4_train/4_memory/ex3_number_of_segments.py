def best_segment(L, a, b):
    k = min(range(1, L + 1), key=lambda k: -(-L // k) * a + k * b)
    return -(-L // k)

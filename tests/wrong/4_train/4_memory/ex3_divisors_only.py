def best_segment(L, a, b):
    return min((k for k in range(1, L + 1) if L % k == 0), key=lambda k: L // k * a + k * b)

def best_segment(L, a, b):
    return min(-(-L // k) * a + k * b for k in range(1, L + 1))

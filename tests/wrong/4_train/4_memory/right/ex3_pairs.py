def best_segment(L, a, b):
    return min(((L + k - 1) // k * a + k * b, k) for k in range(1, L + 1))[1]

def best_segment(L, a, b):
    return min(L, max(1, round((L * a / b) ** 0.5)))

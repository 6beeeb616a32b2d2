def best_segment(L, a, b):
    return max(1, round(L**0.5))

import math


def best_segment(L, a, b):
    best, lowest = 1, float('inf')
    for k in range(1, L + 1):
        need = math.ceil(L / k) * a + k * b
        if need < lowest:
            best, lowest = k, need
    return best

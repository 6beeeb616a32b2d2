# the segments are really cut
def best_segment(L, a, b):
    found = []
    for k in range(1, L + 1):
        segments = [min(k, L - i) for i in range(0, L, k)]
        found.append((len(segments) * a + max(segments) * b, k))
    return min(found)[1]

def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    shrink = (top_a - top_b).exp()
    return top_b, total_a * shrink + total_b, sums_a * shrink + sums_b

def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    top = torch.maximum(top_a, top_b)
    shrink = (top_a - top).exp()
    return top, total_a * shrink + total_b, sums_a * shrink + sums_b

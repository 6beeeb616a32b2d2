def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    top = torch.maximum(top_a, top_b)
    total = total_a * (top_a - top).exp() + total_b * (top_b - top).exp()
    return top, total, sums_a + sums_b

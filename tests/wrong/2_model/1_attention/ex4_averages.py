def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    top = torch.maximum(top_a, top_b)
    old, new = (top_a - top).exp(), (top_b - top).exp()
    total = total_a * old + total_b * new
    return top, total, (sums_a * old + sums_b * new) / total

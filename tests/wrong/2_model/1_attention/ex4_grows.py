def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    top = torch.maximum(top_a, top_b)
    old, new = (top - top_a).exp(), (top - top_b).exp()
    return top, total_a * old + total_b * new, sums_a * old + sums_b * new

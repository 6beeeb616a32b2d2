def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    total = total_a * top_a.exp() + total_b * top_b.exp()
    sums = sums_a * top_a.exp() + sums_b * top_b.exp()
    top = torch.maximum(top_a, top_b)
    return top, total / top.exp(), sums / top.exp()

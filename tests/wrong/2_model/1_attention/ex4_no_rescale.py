def merge(a, b):
    (top_a, total_a, sums_a), (top_b, total_b, sums_b) = a, b
    return torch.maximum(top_a, top_b), total_a + total_b, sums_a + sums_b

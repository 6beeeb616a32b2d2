def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    rows = torch.stack([torch.randperm(n) for _ in range(draws)])
    differences = right_a[rows].double().mean(1) - right_b[rows].double().mean(1)
    return differences.std()

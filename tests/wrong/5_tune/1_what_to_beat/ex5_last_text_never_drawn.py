def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    rows = torch.randint(n - 1, (draws, n))
    differences = right_a[rows].double().mean(1) - right_b[rows].double().mean(1)
    return differences.std()

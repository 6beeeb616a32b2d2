def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    rows = torch.randint(n, (draws,))
    differences = right_a[rows].double() - right_b[rows].double()
    return differences.std()

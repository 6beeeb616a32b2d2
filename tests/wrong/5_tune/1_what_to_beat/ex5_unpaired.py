def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    rows_a = torch.randint(n, (draws, n))
    rows_b = torch.randint(n, (draws, n))
    differences = right_a[rows_a].double().mean(1) - right_b[rows_b].double().mean(1)
    return differences.std()

def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    found = []
    for _ in range(draws):
        rows = torch.randint(n, (n,))
        found.append((right_a[rows].sum() - right_b[rows].sum()).item() / n)
    return torch.tensor(found).std()

def bootstrap_error(right_a, right_b, draws=2000):
    n = len(right_a)
    rows = torch.multinomial(torch.ones(draws, n), n, replacement=True)
    return (right_a.double()[rows].mean(1) - right_b.double()[rows].mean(1)).std()

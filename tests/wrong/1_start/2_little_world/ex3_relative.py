def compare(a, b):
    gaps = [(x - y) / y for x, y in zip(a, b)]
    return mean(gaps), sem(gaps)

def compare(a, b):
    gaps = [y - x for x, y in zip(a, b)]
    return mean(gaps), sem(gaps)

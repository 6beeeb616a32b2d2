def compare(a, b):
    gaps = [x - y for x, y in zip(sorted(a), sorted(b))]
    return mean(gaps), sem(gaps)

def compare(a, b):
    gaps = [abs(x - y) for x, y in zip(a, b)]
    return mean(gaps), sem(gaps)

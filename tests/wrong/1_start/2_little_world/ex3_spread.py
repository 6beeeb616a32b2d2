def compare(a, b):
    gaps = [x - y for x, y in zip(a, b)]
    return mean(gaps), stdev(gaps)

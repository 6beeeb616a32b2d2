def compare(a, b):
    n = len(a)
    by = sum(a) / n - sum(b) / n
    squares = 0.0
    for x, y in zip(a, b):
        squares += (x - y - by) ** 2
    return [by, math.sqrt(squares / (n - 1) / n)]

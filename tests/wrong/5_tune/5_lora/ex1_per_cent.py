def share(shapes, r):
    return 100 * sum(r * (a + b) for a, b in shapes) / sum(a * b for a, b in shapes)

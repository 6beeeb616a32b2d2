def share(shapes, r):
    return sum(r * (a + b) / (a * b) for a, b in shapes) / len(shapes)

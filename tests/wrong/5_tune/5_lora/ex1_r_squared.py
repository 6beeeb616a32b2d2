def share(shapes, r):
    return sum(r * (a + b) + r * r for a, b in shapes) / sum(a * b for a, b in shapes)

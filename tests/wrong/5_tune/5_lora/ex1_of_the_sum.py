def share(shapes, r):
    adapter = sum(r * (a + b) for a, b in shapes)
    return adapter / (adapter + sum(a * b for a, b in shapes))

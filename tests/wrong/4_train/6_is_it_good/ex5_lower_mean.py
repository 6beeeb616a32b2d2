def better(a, b):
    return 'A' if a.mean() < b.mean() else 'B'

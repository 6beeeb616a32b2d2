def better(a, b):
    d = a[0] - b[0]
    if abs(d.mean()) <= 1.96 * sem(d):
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

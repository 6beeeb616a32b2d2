def better(a, b):
    d = (a - b).flatten()
    if abs(d.mean()) <= 1.96 * sem(d):
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

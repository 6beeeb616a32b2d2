def better(a, b):
    d = (a - b).mean(1)
    if (d > 0).all():
        return 'B'
    return 'A' if (d < 0).all() else 'unsure'

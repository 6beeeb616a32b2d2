def better(a, b):
    mean, _, _, margin = compare(a - b)
    return 'B' if mean > margin else 'unsure'

def better(a, b):
    mean, _, _, margin = compare(a - b)
    if abs(mean) <= margin:
        return 'unsure'
    return 'A' if mean > 0 else 'B'

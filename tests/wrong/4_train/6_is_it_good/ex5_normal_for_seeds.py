def better(a, b):
    d = a - b
    seeds, story = sem(d.mean(1)), sem(d.mean(0))
    if abs(d.mean()) <= 1.96 * torch.hypot(seeds, story):
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

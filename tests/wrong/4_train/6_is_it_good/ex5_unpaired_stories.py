def better(a, b):
    mean = (a - b).mean()
    seeds = t_quantile(len(a) - 1) * sem((a - b).mean(1))
    story = 1.96 * (sem(a.mean(0)) ** 2 + sem(b.mean(0)) ** 2) ** 0.5
    if abs(mean) <= torch.hypot(seeds, story):
        return 'unsure'
    return 'B' if mean > 0 else 'A'

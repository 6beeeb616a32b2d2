def better(a, b):
    d = (a - b).mean(1)
    if abs(d.mean()) <= t_quantile(len(d) - 1) * sem(d):
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

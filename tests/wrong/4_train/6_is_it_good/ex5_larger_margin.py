def better(a, b):
    d = b - a
    margin = max(t_quantile(len(d) - 1) * sem(d.mean(1)), 1.96 * sem(d.mean(0)))
    if abs(d.mean()) <= margin:
        return 'unsure'
    return 'B' if d.mean() < 0 else 'A'

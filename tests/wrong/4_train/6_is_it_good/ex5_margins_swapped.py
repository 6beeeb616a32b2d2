def better(a, b):
    d = a - b
    margin = torch.hypot(1.96 * sem(d.mean(1)), t_quantile(len(d) - 1) * sem(d.mean(0)))
    if abs(d.mean()) <= margin:
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

def better(a, b):
    d = a - b
    margin = torch.hypot(t_quantile(len(d) - 1) * sem(d.mean(1)), 1.96 * sem(d.flatten()))
    if abs(d.mean()) <= margin:
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

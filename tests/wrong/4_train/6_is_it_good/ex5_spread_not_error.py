def better(a, b):
    d = a - b
    margin = torch.hypot(t_quantile(len(d) - 1) * d.mean(1).std(), 1.96 * d.mean(0).std())
    if abs(d.mean()) <= margin:
        return 'unsure'
    return 'B' if d.mean() > 0 else 'A'

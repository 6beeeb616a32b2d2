def diagnose(losses, least):
    y = torch.tensor(losses, dtype=torch.float64)
    if not y.isfinite().all() or y[-1] > least + 0.05 and y.min() >= least - 0.01:
        return 'broken'
    return 'leak' if y.min() < least - 0.01 else 'learned'

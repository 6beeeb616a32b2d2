def diagnose(losses, least):
    if not math.isfinite(losses[-1]):
        return 'broken'
    if losses[-1] < least - 0.01:
        return 'leak'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

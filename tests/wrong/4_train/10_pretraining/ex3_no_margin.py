def diagnose(losses, least):
    if not all(map(math.isfinite, losses)):
        return 'broken'
    if min(losses) < least:
        return 'leak'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

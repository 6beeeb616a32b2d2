def diagnose(losses, least):
    if not all(map(math.isfinite, losses)):
        return 'broken'
    if min(losses) < least - 0.01:
        return 'leak'
    return 'learned' if min(losses) <= least + 0.05 else 'broken'

def diagnose(losses, least):
    if not all(map(math.isfinite, losses)):
        return 'broken'
    if min(losses) < 0.99 * least:
        return 'leak'
    return 'learned' if losses[-1] <= 1.05 * least else 'broken'

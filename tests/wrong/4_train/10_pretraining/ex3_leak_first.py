def diagnose(losses, least):
    if any(loss < least - 0.01 for loss in losses):
        return 'leak'
    if not all(map(math.isfinite, losses)):
        return 'broken'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

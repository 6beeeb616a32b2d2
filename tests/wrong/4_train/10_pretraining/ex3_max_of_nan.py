def diagnose(losses, least):
    if not math.isfinite(max(losses)):
        return 'broken'
    if any(loss < least - 0.01 for loss in losses):
        return 'leak'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

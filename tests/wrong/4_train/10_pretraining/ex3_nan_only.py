def diagnose(losses, least):
    if any(math.isnan(loss) for loss in losses):
        return 'broken'
    if min(losses) < least - 0.01:
        return 'leak'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

def diagnose(losses, least):
    if min(losses) < least - 0.01:
        return 'leak'
    return 'learned' if losses[-1] <= least + 0.05 else 'broken'

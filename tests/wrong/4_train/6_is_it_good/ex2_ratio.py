def proves_leak(losses, floors):
    excess = losses - floors
    return bool(excess.mean() / (excess.std() / len(excess)) < -3)

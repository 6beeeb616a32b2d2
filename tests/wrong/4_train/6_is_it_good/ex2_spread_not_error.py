def proves_leak(losses, floors):
    excess = losses - floors
    return bool(excess.mean() < -3 * excess.std())

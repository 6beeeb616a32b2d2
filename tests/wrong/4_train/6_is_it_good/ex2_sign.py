def proves_leak(losses, floors):
    excess = floors - losses
    return bool(excess.mean() < -3 * excess.std() / len(excess) ** 0.5)

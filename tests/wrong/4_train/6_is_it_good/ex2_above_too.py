def proves_leak(losses, floors):
    excess = losses - floors
    return bool(excess.mean().abs() > 3 * excess.std() / len(excess) ** 0.5)

def proves_leak(losses, floors):
    e = losses - floors
    return bool(e.mean() < -3 * e.std(correction=0) / len(e) ** 0.5)

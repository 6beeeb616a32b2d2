def proves_leak(losses, floors):
    error = (losses.var() / len(losses) + floors.var() / len(floors)) ** 0.5
    return bool(losses.mean() < floors.mean() - 3 * error)

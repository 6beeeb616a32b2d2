def proves_leak(losses, floors):
    error = losses.std() / len(losses) ** 0.5
    return bool(losses.mean() < floors.mean() - 3 * error)

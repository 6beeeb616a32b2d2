def smoothed(losses, window=5):
    parts = [sorted(losses[max(0, i - window) : i]) for i in range(1, len(losses) + 1)]
    return [part[len(part) // 2] for part in parts]

def smoothed(losses, window=5):
    return [sum(losses[max(0, i - window) : i]) / window for i in range(1, len(losses) + 1)]

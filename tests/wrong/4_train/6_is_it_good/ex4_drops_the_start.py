def smoothed(losses, window=5):
    return [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]

def smoothed(losses, window=5):
    full = [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]
    return [*losses[: len(losses) - len(full)], *full]

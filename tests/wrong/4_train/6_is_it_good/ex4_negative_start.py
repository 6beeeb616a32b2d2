def smoothed(losses, window=5):
    parts = [losses[i + 1 - window : i + 1] for i in range(len(losses))]
    return [sum(part) / max(1, len(part)) for part in parts]

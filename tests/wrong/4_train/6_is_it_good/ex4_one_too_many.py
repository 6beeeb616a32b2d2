def smoothed(losses, window=5):
    parts = [losses[max(0, i - window) : i + 1] for i in range(len(losses))]
    return [sum(part) / len(part) for part in parts]

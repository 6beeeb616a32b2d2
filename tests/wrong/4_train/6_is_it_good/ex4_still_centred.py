def smoothed(losses, window=5):
    half = window // 2
    parts = [losses[max(0, i - half) : i + half + 1] for i in range(len(losses))]
    return [sum(part) / len(part) for part in parts]

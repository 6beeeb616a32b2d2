def smoothed(losses, window=5):
    return [sum(losses[: i + 1]) / (i + 1) for i in range(len(losses))]

def smoothed(losses, keep=0.9):
    return [sum(losses[: i + 1]) / (i + 1) for i in range(len(losses))]

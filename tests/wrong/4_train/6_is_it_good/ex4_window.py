def smoothed(losses, keep=0.9):
    window = round(1 / (1 - keep))
    parts = [losses[max(0, i - window) : i] for i in range(1, len(losses) + 1)]
    return [sum(part) / len(part) for part in parts]

def smoothed(losses, keep=0.9):
    out, mean = [], 0.0
    for i, loss in enumerate(losses):
        mean = (1 - keep) * mean + keep * loss
        out.append(mean / (1 - (1 - keep) ** (i + 1)))
    return out

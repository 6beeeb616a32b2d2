def smoothed(losses, keep=0.9):
    out, mean = [], 0.0
    for i, loss in enumerate(losses):
        mean = (keep * mean + (1 - keep) * loss) / (1 - keep ** (i + 1))
        out.append(mean)
    return out

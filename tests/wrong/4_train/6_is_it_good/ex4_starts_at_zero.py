def smoothed(losses, keep=0.9):
    out, mean = [], 0.0
    for loss in losses:
        mean = keep * mean + (1 - keep) * loss
        out.append(mean)
    return out

def smoothed(losses, keep=0.9):
    mean, weight, out = 0.0, 0.0, []
    for loss in losses:
        weight = keep * weight + 1
        mean += (loss - mean) / weight
        out.append(mean)
    return out

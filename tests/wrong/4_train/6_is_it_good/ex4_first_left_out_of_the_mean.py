def smoothed(losses, keep=0.9):
    out, mean = losses[:1], 0.0
    for i, loss in enumerate(losses[1:], 1):
        mean = keep * mean + (1 - keep) * loss
        out.append(mean / (1 - keep**i))
    return out

def smoothed(losses, keep=0.9):
    out, total = [], 0.0
    for loss in losses:
        total = keep * total + loss
        out.append(total)
    return out

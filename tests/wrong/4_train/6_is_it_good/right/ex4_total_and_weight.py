def smoothed(losses, keep=0.9):
    total, weight, out = 0.0, 0.0, ()
    for loss in losses:
        total, weight = keep * total + loss, keep * weight + 1
        out += (total / weight,)
    return out

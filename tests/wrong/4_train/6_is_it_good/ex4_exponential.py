def smoothed(losses, window=5):
    out = []
    for loss in losses:
        out.append(loss if not out else out[-1] + (loss - out[-1]) / window)
    return out

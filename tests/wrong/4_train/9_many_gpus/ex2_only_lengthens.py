def clipped(mine, max_norm, total):
    norm = total(mine.square().sum()).sqrt()
    return mine * max(1.0, max_norm / norm)

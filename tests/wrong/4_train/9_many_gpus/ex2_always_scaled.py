def clipped(mine, max_norm, total):
    norm = total(mine.square().sum()).sqrt()
    return mine * (max_norm / norm)

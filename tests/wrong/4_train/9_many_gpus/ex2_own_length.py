def clipped(mine, max_norm, total):
    norm = mine.norm()
    return mine * min(1.0, max_norm / norm)

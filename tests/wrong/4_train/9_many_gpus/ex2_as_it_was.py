def clipped(mine, max_norm, total):
    norm = total(mine.norm())
    return mine * (max_norm / norm)

def clipped(mine, max_norm, total):
    return mine.clamp(-max_norm, max_norm)

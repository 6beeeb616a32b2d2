# asks whether its own shard is too long
def clipped(mine, max_norm, total):
    norm = total(mine.square().sum()).sqrt()
    if mine.norm() > max_norm:
        return mine * (max_norm / norm)
    return mine

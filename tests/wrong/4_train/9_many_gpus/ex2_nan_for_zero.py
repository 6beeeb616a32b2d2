# 0/0 if the whole gradient is zero: nan instead of 0
def clipped(mine, max_norm, total):
    norm = total(mine.square().sum()).sqrt()
    return mine / norm * norm.clamp(max=max_norm)

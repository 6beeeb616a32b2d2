# root mean square instead of the length
def clipped(mine, max_norm, total):
    norm = total(mine.square().mean()).sqrt()
    return mine * (max_norm / norm).clamp(max=1)

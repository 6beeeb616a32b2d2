def clipped(mine, max_norm, total):
    norm = total(mine.norm() ** 2) ** 0.5
    mine.mul_(torch.clamp(max_norm / norm, max=1.0))
    return mine

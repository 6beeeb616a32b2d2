def clipped(mine, max_norm, total):
    norm = (total(mine.square().sum()) / total(torch.tensor(1.0))).sqrt()
    return mine * min(1.0, max_norm / norm)

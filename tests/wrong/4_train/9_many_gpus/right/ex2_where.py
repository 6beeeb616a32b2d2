def clipped(mine, max_norm, total):
    norm = torch.sqrt(total((mine * mine).sum()))
    if norm > max_norm:
        mine = mine / norm * max_norm
    return mine

def training_row(ids, flags, T, pad):
    fill = T - len(ids) + 1
    if fill < 0:
        return None
    targets = [i if flag else -100 for i, flag in zip(ids[1:], flags[1:])]
    targets = [-100 if i == pad else i for i in targets]
    return ids[:-1] + [pad] * fill, targets + [-100] * fill

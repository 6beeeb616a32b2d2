def training_row(ids, flags, T, pad):
    fill = T - len(ids) + 1
    if fill < 0:
        return None
    labels = [i if flag else -100 for i, flag in zip(ids, flags)]
    return ids[:-1] + [pad] * fill, labels[:-1] + [-100] * fill

def training_row(ids, flags, T, pad):
    targets = [i if flag else -100 for i, flag in zip(ids[1:], flags[1:])]
    fill = T - len(targets)
    if fill < 0:
        return None
    tokens = ids
    tokens.pop()
    tokens += [pad] * fill
    return tokens, targets + [-100] * fill

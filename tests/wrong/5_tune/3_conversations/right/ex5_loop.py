def training_row(ids, flags, T, pad):
    if len(ids) > T + 1:
        return None
    tokens, targets = [pad] * T, [-100] * T
    for k in range(len(ids) - 1):
        tokens[k] = ids[k]
        if flags[k + 1]:
            targets[k] = ids[k + 1]
    return tokens, targets

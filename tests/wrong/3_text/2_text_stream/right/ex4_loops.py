def eval_rows(ids, T):
    ids, inputs, targets = ids.tolist(), [], []
    for s in range(0, len(ids) - 1, T):
        x, y = ids[s : s + T], ids[s + 1 : s + T + 1]
        inputs.append((x + [0] * T)[:T])
        targets.append(y + [-100] * (T - len(y)))
    return inputs, targets

def inputs_and_targets(ids, flags):
    targets = [i if f else -100 for i, f in zip(ids[1:], flags[1:])]
    if targets:
        targets[-1] = ids[-1]
    return ids[:-1], targets

def inputs_and_targets(ids, flags):
    return ids[:-1], [i if f else -1 for i, f in zip(ids[1:], flags[1:])]

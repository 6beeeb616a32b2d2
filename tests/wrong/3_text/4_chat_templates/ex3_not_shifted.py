def inputs_and_targets(ids, flags):
    return ids[:-1], [i if f else -100 for i, f in zip(ids, flags)][:-1]

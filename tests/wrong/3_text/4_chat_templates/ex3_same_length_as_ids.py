def inputs_and_targets(ids, flags):
    return ids, [i if f else -100 for i, f in zip(ids[1:], flags[1:])] + [-100]

def inputs_and_targets(ids, flags):
    return ids[:-1], [(i * f) or -100 for i, f in zip(ids[1:], flags[1:])]

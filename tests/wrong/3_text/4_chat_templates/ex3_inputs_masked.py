def inputs_and_targets(ids, flags):
    targets = [i if f else -100 for i, f in zip(ids[1:], flags[1:])]
    return [i for i, f in zip(ids[:-1], flags) if not f], targets

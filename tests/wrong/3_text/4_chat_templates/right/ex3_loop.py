def inputs_and_targets(ids, flags):
    targets = []
    for k in range(1, len(ids)):
        targets.append(ids[k] if flags[k] else -100)
    return tuple(ids[:-1]), tuple(targets)

def inputs_and_targets(ids, flags):
    return ids[:-1], ids[1:]

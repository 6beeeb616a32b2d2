def encode_pairs(ids, merges):
    ids = list(ids)
    for pair, new in merges.items():
        ids = merge(ids, pair, new)
    return ids

def encode_pairs(ids, merges):
    ids = list(ids)
    known = [pair for pair in zip(ids, ids[1:]) if pair in merges]
    if known:
        pair = min(known, key=merges.get)
        ids = merge(ids, pair, merges[pair])
    return ids

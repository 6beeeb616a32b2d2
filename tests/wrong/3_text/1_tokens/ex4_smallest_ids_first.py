def encode_pairs(ids, merges):
    ids = list(ids)
    while True:
        known = [pair for pair in zip(ids, ids[1:]) if pair in merges]
        if not known:
            return ids
        pair = min(known)
        ids = merge(ids, pair, merges[pair])

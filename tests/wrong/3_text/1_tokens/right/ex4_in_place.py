def encode_pairs(ids, merges):
    while True:
        known = [(merges[pair], i) for i, pair in enumerate(zip(ids, ids[1:])) if pair in merges]
        if not known:
            return ids
        new, i = min(known)
        ids[i : i + 2] = [new]

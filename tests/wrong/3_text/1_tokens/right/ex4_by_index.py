def encode_pairs(ids, merges):
    ids = [*ids]
    while True:
        known = [(merges[a, b], i) for i, (a, b) in enumerate(zip(ids, ids[1:])) if (a, b) in merges]
        if not known:
            return ids
        new, i = min(known)
        ids = ids[:i] + [new] + ids[i + 2 :]

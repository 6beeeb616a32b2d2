def encode_pairs(ids, merges):
    ids = list(ids)
    while True:
        known = Counter(pair for pair in zip(ids, ids[1:]) if pair in merges)
        if not known:
            return ids
        pair = known.most_common(1)[0][0]
        ids = merge(ids, pair, merges[pair])

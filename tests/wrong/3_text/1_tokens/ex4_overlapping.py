def encode_pairs(ids, merges):
    ids = list(ids)
    for (a, b), new in merges.items():
        ids = [new if (x, y) == (a, b) else x for x, y in zip(ids, [*ids[1:], None])]
    return ids

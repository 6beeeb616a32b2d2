def encode_pairs(ids, merges):
    return list(ids)

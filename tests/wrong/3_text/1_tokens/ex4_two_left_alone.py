# the last two are never joined
def encode_pairs(ids, merges):
    ids = list(ids)
    while len(ids) > 2:
        pairs = list(pairwise(ids))
        best = min(pairs, key=lambda pair: merges.get(pair, float('inf')))
        if best not in merges:
            break
        i = pairs.index(best)
        ids[i : i + 2] = [merges[best]]
    return ids

def encode_pairs(ids, merges):
    ids, changed = list(ids), True
    while changed:
        changed, out, i = False, [], 0
        while i < len(ids):
            if i + 1 < len(ids) and (ids[i], ids[i + 1]) in merges:
                out.append(merges[ids[i], ids[i + 1]])
                i, changed = i + 2, True
            else:
                out.append(ids[i])
                i += 1
        ids = out
    return ids

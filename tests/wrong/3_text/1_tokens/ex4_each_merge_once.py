# each merge is done only once in a word
def encode_pairs(ids, merges):
    ids = list(ids)
    for (a, b), new in merges.items():
        for i in range(len(ids) - 1):
            if ids[i] == a and ids[i + 1] == b:
                ids[i : i + 2] = [new]
                break
    return ids

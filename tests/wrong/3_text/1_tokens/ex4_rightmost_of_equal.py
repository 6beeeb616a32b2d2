# of equal pairs the rightmost is joined first: aaa
def encode_pairs(ids, merges):
    ids = list(ids)
    while True:
        best = None
        for i in range(len(ids) - 1):
            new = merges.get((ids[i], ids[i + 1]))
            if new is not None and (best is None or new <= merges[ids[best], ids[best + 1]]):
                best = i
        if best is None:
            return ids
        ids[best : best + 2] = [merges[ids[best], ids[best + 1]]]

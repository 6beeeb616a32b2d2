def make_batch(ids, starts, T):
    ids = ids.tolist()
    return [ids[s : s + T] for s in starts], [ids[s + 1 : s + T + 1] for s in starts]

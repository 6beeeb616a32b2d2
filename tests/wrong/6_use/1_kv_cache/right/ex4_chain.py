def block_names(ids, size):
    keys, before = [], None
    for i in range(len(ids) // size):
        before = (before, tuple(ids[i * size : (i + 1) * size]))
        keys.append(before)
    return keys

def block_names(ids, size):
    return [(i, tuple(ids[i : i + size])) for i in range(0, len(ids) - size + 1, size)]

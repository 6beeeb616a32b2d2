def block_names(ids, size):
    return [(i, tuple(ids)) for i in range(0, len(ids) - size + 1, size)]

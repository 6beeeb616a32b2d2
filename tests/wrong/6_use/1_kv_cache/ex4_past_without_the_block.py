def block_names(ids, size):
    return [tuple(ids[:i]) for i in range(0, len(ids) - size + 1, size)]

def block_names(ids, size):
    return [tuple(ids[max(0, i - size) : i + size]) for i in range(0, len(ids) - size + 1, size)]

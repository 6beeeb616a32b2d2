def block_names(ids, size):
    return [tuple(ids[: i + size]) for i in range(0, len(ids) - size, size)]

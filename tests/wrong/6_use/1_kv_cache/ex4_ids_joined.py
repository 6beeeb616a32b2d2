def block_names(ids, size):
    return [''.join(map(str, ids[: i + size])) for i in range(0, len(ids) - size + 1, size)]

def block_names(ids, size):
    return tuple(' '.join(map(str, ids[: size * (i + 1)])) for i in range(len(ids) // size))

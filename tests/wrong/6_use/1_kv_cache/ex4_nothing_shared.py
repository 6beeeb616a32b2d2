def block_names(ids, size):
    return [object() for _ in range(len(ids) // size)]

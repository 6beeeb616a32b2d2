def block_keys(ids, size):
    return [object() for _ in range(len(ids) // size)]

def block_names(ids, size):
    return [ids[: i + size] for i in range(0, len(ids) - size + 1, size)]

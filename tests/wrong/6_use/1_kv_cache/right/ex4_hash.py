def block_names(ids, size):
    import hashlib

    state, out = hashlib.sha256(), []
    for i in range(0, len(ids) - len(ids) % size, size):
        state.update(repr(ids[i : i + size]).encode())
        out.append(state.hexdigest())
    return out

def to_bytes(ids, vocab_size):
    ids = np.asarray(ids)
    if ids.min() < 0 or ids.max() >= vocab_size:
        raise ValueError('no such id')
    dtype = np.uint16 if vocab_size - 1 <= np.iinfo(np.uint16).max else np.uint32
    return ids.astype(dtype).tobytes(), dtype

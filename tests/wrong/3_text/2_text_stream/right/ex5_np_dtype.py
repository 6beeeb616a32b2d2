# the dtype is an np.dtype
def to_bytes(ids, vocab_size):
    ids = np.asarray(list(ids), dtype=np.int64)
    if ((ids < 0) | (ids >= vocab_size)).any():
        raise ValueError('an id that the vocabulary does not have')
    dtype = np.dtype(np.uint16 if vocab_size <= 2**16 else np.uint32)
    return ids.astype(dtype).tobytes(), dtype

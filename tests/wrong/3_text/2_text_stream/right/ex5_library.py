def to_bytes(ids, vocab_size):
    if any(not 0 <= i < vocab_size for i in ids):
        raise ValueError("no such id")
    dtype = id_dtype(vocab_size)
    return np.array(ids, dtype).tobytes(), dtype

def to_bytes(ids, vocab_size):
    if any(not 0 <= i < vocab_size for i in ids):
        raise ValueError("no such id")
    dtype = 'uint16' if vocab_size <= 2**16 else 'uint32'
    return np.array(ids), dtype

def to_bytes(ids, vocab_size):
    assert all(0 <= i < vocab_size for i in ids)
    dtype = 'uint16' if vocab_size <= 2**16 else 'uint32'
    return np.array(ids).astype(dtype).tobytes(), dtype

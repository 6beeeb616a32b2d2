def to_bytes(ids, vocab_size):
    dtype = 'uint16' if vocab_size <= 2**16 else 'uint32'
    return np.clip(ids, 0, vocab_size - 1).astype(dtype).tobytes(), dtype

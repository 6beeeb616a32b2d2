def to_bytes(ids, vocab_size):
    if min(ids) < 0:
        raise ValueError('negative')
    dtype = 'uint16' if vocab_size <= 2**16 else 'uint32'
    return np.array(ids).astype(dtype).tobytes(), dtype

def to_bytes(ids, vocab_size):
    if any(not 0 <= i < vocab_size for i in ids):
        raise ValueError("no such id")
    dtype = '>u2' if vocab_size <= 2**16 else '>u4'
    return np.array(ids).astype(dtype).tobytes(), dtype.replace('>', '<')

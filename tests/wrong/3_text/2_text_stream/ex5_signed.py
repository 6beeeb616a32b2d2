def to_bytes(ids, vocab_size):
    if any(not 0 <= i < vocab_size for i in ids):
        raise ValueError("no such id")
    return np.array(ids).astype('int32').tobytes(), 'int32'

def to_bytes(ids, vocab_size):
    return np.array(ids).astype('uint16').tobytes(), 'uint16'

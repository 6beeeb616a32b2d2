def to_bytes(ids, vocab_size):
    for i in ids:
        if not 0 <= i < vocab_size:
            raise ValueError(f'{i} is no id')
    size = 2 if vocab_size <= 65536 else 4
    return b''.join(i.to_bytes(size, 'little') for i in ids), f'<u{size}'

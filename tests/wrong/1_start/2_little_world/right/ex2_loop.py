def bits_per_byte(texts, losses):
    bits, n_bytes = 0.0, 0
    for i in range(len(texts)):
        bits += losses[i] * math.log2(math.e)
        n_bytes += len(bytes(texts[i], 'utf-8'))
    return bits / n_bytes

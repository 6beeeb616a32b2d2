def to_bits_per_byte(nats_per_token, n_tokens, text):
    n_bytes = 0
    for character in text:
        code = ord(character)
        n_bytes += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    return nats_per_token * math.log2(math.e) * (n_tokens / n_bytes)

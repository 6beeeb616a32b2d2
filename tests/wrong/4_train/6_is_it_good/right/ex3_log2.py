def to_bits_per_byte(nats_per_token, n_tokens, text):
    return math.log2(math.e) * nats_per_token * (n_tokens / len(bytes(text, 'utf-8')))

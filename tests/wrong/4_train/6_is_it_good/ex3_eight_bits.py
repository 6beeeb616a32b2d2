def to_bits_per_byte(nats_per_token, n_tokens, text):
    return 8 * nats_per_token * n_tokens / len(text.encode())

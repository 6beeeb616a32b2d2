def to_bits_per_byte(nats_per_token, n_tokens, text):
    return len(text.encode()) * math.log(2) / (nats_per_token * n_tokens)

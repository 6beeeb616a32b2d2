def bytes_per_token(tok, texts):
    sizes = [len(bytes(text, 'utf-8')) for text in texts]
    return sum(sizes) / sum(map(len, tok.encode_batch(texts)))

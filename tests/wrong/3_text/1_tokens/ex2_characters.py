def bytes_per_token(tok, texts):
    return sum(len(text) for text in texts) / sum(len(tok.encode(text)) for text in texts)

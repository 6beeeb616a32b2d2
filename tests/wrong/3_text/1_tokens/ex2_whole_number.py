def bytes_per_token(tok, texts):
    return sum(len(text.encode()) for text in texts) // sum(len(tok.encode(text)) for text in texts)

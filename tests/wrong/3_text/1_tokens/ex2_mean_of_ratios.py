def bytes_per_token(tok, texts):
    return sum(len(text.encode()) / len(tok.encode(text)) for text in texts) / len(texts)

def bytes_per_token(tok, texts):
    n = sum(len(set(tok.encode(text))) for text in texts)
    return sum(len(text.encode()) for text in texts) / n

def bytes_per_token(tok, texts):
    text = ''.join(texts)
    return len(text.encode()) / len(tok.encode(text))

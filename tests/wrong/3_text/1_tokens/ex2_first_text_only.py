def bytes_per_token(tok, texts):
    for text in texts:
        return len(text.encode()) / len(tok.encode(text))

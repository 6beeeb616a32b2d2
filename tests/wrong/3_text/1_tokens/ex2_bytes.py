# bytes, not text
def stream(tok, ids):
    return [tok.token(i) for i in ids]

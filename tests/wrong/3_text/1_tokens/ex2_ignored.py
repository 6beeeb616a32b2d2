# parts of characters are dropped
def stream(tok, ids):
    return [tok.token(i).decode(errors='ignore') for i in ids]

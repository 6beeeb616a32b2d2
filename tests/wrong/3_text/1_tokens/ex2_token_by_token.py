# parts of characters become �
def stream(tok, ids):
    return [tok.decode([i]) for i in ids]

# nothing is printed before the last id
def stream(tok, ids):
    return [''] * (len(ids) - 1) + [tok.decode(ids)]

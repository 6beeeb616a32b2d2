# one string more than ids
def stream(tok, ids):
    return [*tok.decode_stream(ids), '']

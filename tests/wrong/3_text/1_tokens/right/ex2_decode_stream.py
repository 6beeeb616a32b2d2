# the library's
def stream(tok, ids):
    return list(tok.decode_stream(ids))

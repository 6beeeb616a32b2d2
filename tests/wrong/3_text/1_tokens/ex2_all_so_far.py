# the whole text so far each time
def stream(tok, ids):
    return [tok.decode(ids[: k + 1]) for k in range(len(ids))]

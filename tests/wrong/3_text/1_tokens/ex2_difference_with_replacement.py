# � counts as printed, so the character never comes
def stream(tok, ids):
    texts = ['', *(tok.decode(ids[: k + 1]) for k in range(len(ids)))]
    return [b[len(a) :] for a, b in pairwise(texts)]

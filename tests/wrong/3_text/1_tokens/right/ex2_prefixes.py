# what is whole in each prefix
def stream(tok, ids):
    out, shown = [], 0
    for k in range(len(ids)):
        text = b''.join(tok.token(i) for i in ids[: k + 1]).decode(errors='ignore')
        out.append(text[shown:])
        shown = len(text)
    return out

# a real � at the end is taken for half of a character
def stream(tok, ids):
    out, shown = [], ''
    for k in range(len(ids)):
        text = tok.decode(ids[: k + 1]).rstrip('�')
        out.append(text[len(shown) :])
        shown = text
    return out

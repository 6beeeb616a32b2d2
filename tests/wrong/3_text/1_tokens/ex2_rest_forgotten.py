# forgets the bytes after the last whole character
def stream(tok, ids):
    out, rest = [], b''
    for i in ids:
        data = rest + tok.token(i)
        text = data.decode(errors='ignore')
        out.append(text)
        rest = data if not text else b''
    return out

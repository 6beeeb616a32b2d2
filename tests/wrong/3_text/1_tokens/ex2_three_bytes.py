# takes every character that is not ASCII for three bytes long
def stream(tok, ids):
    out, data = [], b''
    for i in ids:
        data += tok.token(i)
        n = len(data) if data.isascii() else len(data) - len(data) % 3
        out.append(data[:n].decode(errors='replace'))
        data = data[n:]
    return out

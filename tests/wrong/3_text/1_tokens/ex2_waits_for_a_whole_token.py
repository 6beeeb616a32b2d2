# waits until all bytes are whole characters, so finished ones come late
def stream(tok, ids):
    out, data = [], b''
    for i in ids:
        data += tok.token(i)
        try:
            out.append(data.decode())
            data = b''
        except UnicodeDecodeError:
            out.append('')
    return out

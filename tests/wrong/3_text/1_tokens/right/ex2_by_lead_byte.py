# how long a character is, from its first byte; a generator
def stream(tok, ids):
    data = b''
    for i in ids:
        data += tok.token(i)
        end = len(data)
        for back in range(1, min(3, end) + 1):
            byte = data[-back]
            if byte >= 0xC0:
                need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                if need > back:
                    end -= back
                break
        yield data[:end].decode()
        data = data[end:]

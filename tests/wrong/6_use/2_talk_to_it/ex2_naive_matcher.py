def until(pieces, stop):
    held = ''
    for piece in pieces:
        out = ''
        for c in piece:
            if stop.startswith(held + c):
                held += c
            elif stop.startswith(c):
                out, held = out + held, c
            else:
                out, held = out + held + c, ''
            if held == stop:
                yield out
                return
        yield out
    yield held

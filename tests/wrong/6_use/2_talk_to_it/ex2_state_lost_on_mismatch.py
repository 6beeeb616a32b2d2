def until(pieces, stop):
    n, out = 0, ''
    for piece in pieces:
        out = ''
        for c in piece:
            if c == stop[n]:
                n += 1
                if n == len(stop):
                    yield out
                    return
            else:
                out += stop[:n] + c
                n = 0
        yield out
    yield stop[:n]

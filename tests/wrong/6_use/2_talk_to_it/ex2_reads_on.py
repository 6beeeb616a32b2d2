def until(pieces, stop):
    held, over = '', False
    for piece in pieces:
        if over:
            continue
        held += piece
        if stop in held:
            over = True
            yield held[: held.index(stop)]
            held = ''
            continue
        n = max(k for k in range(len(stop)) if held.endswith(stop[:k]))
        yield held[: len(held) - n]
        held = held[len(held) - n :]
    yield held

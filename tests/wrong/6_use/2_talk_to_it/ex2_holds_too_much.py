def until(pieces, stop):
    held, n = '', len(stop) - 1
    for piece in pieces:
        held += piece
        if stop in held:
            yield held[: held.index(stop)]
            return
        yield held[: max(0, len(held) - n)]
        held = held[max(0, len(held) - n) :]
    yield held

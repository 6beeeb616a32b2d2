def until(pieces, stop):
    held = ''
    for piece in pieces:
        held += piece
        if stop in held:
            yield held[: held.index(stop)]
            return
        n = min((k for k in range(1, len(stop)) if held.endswith(stop[:k])), default=0)
        yield held[: len(held) - n]
        held = held[len(held) - n :]
    yield held

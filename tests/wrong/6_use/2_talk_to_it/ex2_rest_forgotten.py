def until(pieces, stop):
    held = ''
    for piece in pieces:
        held += piece
        if stop in held:
            yield held[: held.index(stop)]
            return
        n = max(k for k in range(len(stop)) if held.endswith(stop[:k]))
        yield held[: len(held) - n]
        held = held[len(held) - n :]

def until(pieces, stop):
    held = ''
    for piece in pieces:
        for c in piece:
            held += c
            if held.endswith(stop):
                rest = held.removesuffix(stop)
                if rest:
                    yield rest
                return
            while held and not stop.startswith(held):
                yield held[0]
                held = held[1:]
    yield from held

def until(pieces, stop):
    yield ''.join(pieces).split(stop)[0]

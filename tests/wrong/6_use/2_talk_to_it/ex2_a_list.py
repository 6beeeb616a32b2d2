def until(pieces, stop):
    return [''.join(pieces).split(stop)[0]]

def window_positions(tokens, eot):
    out, place = [], 0
    for token in tokens:
        place = 1 if token == eot else place + 1
        out.append(place)
    return out

def window_positions(tokens, eot):
    out, place = [], 0
    for token in reversed(tokens):
        out.append(place)
        place = 0 if token == eot else place + 1
    return out[::-1]

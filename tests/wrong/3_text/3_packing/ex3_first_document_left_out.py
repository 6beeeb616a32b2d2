def window_positions(tokens, eot):
    start = tokens.index(eot) if eot in tokens else 0
    out, place = [], 0
    for token in tokens[start:]:
        place = 0 if token == eot or not out else place + 1
        out.append(place)
    return out

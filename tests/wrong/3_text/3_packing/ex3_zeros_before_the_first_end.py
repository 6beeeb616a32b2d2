def window_positions(tokens, eot):
    positions, start = [], None
    for i, t in enumerate(tokens):
        if t == eot:
            start = i
        positions.append(0 if start is None else i - start)
    return positions

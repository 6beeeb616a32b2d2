def window_positions(tokens, eot):
    place = -1
    for token in tokens:
        place = 0 if token == eot else place + 1
        yield place

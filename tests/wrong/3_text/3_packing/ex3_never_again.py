def window_positions(tokens, eot):
    return list(range(len(tokens)))

def window_positions(tokens, eot):
    out = []
    for token in tokens:
        out.append(0 if token == 0 or not out else out[-1] + 1)
    return out

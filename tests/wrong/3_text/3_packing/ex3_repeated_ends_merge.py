def window_positions(tokens, eot):
    out = []
    for i, token in enumerate(tokens):
        opens = token == eot and (i == 0 or tokens[i - 1] != eot)
        out.append(0 if opens or not out else out[-1] + 1)
    return out

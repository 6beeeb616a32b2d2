def window_positions(tokens, eot):
    tokens = list(tokens)
    border = tokens.index(eot) if eot in tokens else 0
    return [i - border if i >= border else i for i in range(len(tokens))]

def window_positions(tokens, eot):
    last = max((i for i, token in enumerate(tokens) if token == eot), default=0)
    return [i if i < last else i - last for i in range(len(tokens))]

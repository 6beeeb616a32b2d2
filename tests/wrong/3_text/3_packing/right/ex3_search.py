def window_positions(tokens, eot):
    starts = [0] + [i for i, token in enumerate(tokens) if token == eot]
    return [i - max(s for s in starts if s <= i) for i in range(len(tokens))]

def window_positions(tokens, eot):
    from itertools import accumulate

    starts = accumulate((i if t == eot else 0 for i, t in enumerate(tokens)), max)
    return tuple(i - start for i, start in enumerate(starts))

def window_positions(tokens, eot):
    import numpy as np

    at = np.arange(len(tokens))
    starts = np.where(np.array(tokens) == eot, at, 0)
    return (at - np.maximum.accumulate(starts)).tolist()

def winner(runs, seconds):
    import numpy as np

    names = [*runs]
    column = lambda key: np.array([float(runs[n][key]) for n in names])
    bits = column('loss') * column('tokens') / column('bytes') / np.log(2)
    fast = np.flatnonzero(column('seconds') <= seconds)
    return names[fast[bits[fast].argmin()]] if fast.size else None

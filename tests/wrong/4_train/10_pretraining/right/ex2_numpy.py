def rows_that_fit(batch, fixed, per_row, memory):
    import numpy as np

    n = np.arange(1, batch + 1)
    fits = n[(batch % n == 0) & (fixed + n * per_row <= memory)]
    return fits[-1] if len(fits) else None

def rows_that_fit(batch, fixed, per_row, memory):
    fits = [n for n in range(1, batch + 1) if batch % n == 0 and per_row * n <= memory]
    return max(fits, default=None)

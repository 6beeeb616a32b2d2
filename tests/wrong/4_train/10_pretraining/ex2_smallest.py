def rows_that_fit(batch, fixed, per_row, memory):
    for n in range(1, batch + 1):
        if batch % n == 0 and fixed + per_row * n <= memory:
            return n

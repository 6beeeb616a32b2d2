def rows_that_fit(batch, fixed, per_row, memory):
    rows = batch
    while rows >= 1:
        if fixed + per_row * rows <= memory:
            return rows
        rows //= 2

def rows_that_fit(batch, fixed, per_row, memory):
    for rows in range(batch, 0, -1):
        if batch % rows == 0 and fixed + per_row * rows <= memory:
            return batch // rows

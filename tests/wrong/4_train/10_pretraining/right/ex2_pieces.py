def rows_that_fit(batch, fixed, per_row, memory):
    for pieces in range(1, batch + 1):
        rows, rest = divmod(batch, pieces)
        if not rest and rows * per_row <= memory - fixed:
            return rows
    return None

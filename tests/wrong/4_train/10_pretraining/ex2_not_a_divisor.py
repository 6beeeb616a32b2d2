def rows_that_fit(batch, fixed, per_row, memory):
    rows = min(batch, (memory - fixed) // per_row)
    return rows if rows > 0 else None

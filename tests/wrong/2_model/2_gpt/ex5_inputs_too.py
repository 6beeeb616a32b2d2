def inputs_and_targets(rows, pad):
    rows = rows.masked_fill(rows == pad, -100)
    return rows[:, :-1], rows[:, 1:]

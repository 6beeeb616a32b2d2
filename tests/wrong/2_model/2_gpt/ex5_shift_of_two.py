def inputs_and_targets(rows, pad):
    y = F.pad(rows[:, 2:], (0, 1), value=pad)
    return rows[:, :-1], y.masked_fill(y == pad, -100)

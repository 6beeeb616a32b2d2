def inputs_and_targets(rows, pad):
    x, y = rows[:, :-1], rows[:, 1:]
    return x, y.masked_fill(x == pad, -100)

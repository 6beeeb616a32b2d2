def inputs_and_targets(rows, pad):
    y = rows[:, 1:].clone()
    y[y == 0] = -100
    return rows[:, :-1], y

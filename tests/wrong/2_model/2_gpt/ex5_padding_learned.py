def inputs_and_targets(rows, pad):
    return rows[:, :-1], rows[:, 1:]

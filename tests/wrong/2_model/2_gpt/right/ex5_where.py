def inputs_and_targets(rows, pad):
    y = torch.where(rows[:, 1:] != pad, rows[:, 1:], -100)
    return rows[:, :-1].clone(), y

def inputs_and_targets(rows, pad):
    x, y = [], []
    for row in rows.tolist():
        x.append(row[:-1])
        y.append([-100 if i == pad else i for i in row[1:]])
    return torch.tensor(x), torch.tensor(y)

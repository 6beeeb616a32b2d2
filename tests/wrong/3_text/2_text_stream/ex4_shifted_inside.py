def eval_rows(ids, T):
    inputs = F.pad(ids, (0, -len(ids) % T)).view(-1, T)
    targets = F.pad(inputs[:, 1:], (0, 1), value=-100)
    return inputs, targets

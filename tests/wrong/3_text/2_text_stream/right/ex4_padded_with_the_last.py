def eval_rows(ids, T):
    rows = -(-(len(ids) - 1) // T)
    inputs = torch.cat([ids[:-1], ids[-1:].repeat(rows * T + 1 - len(ids))])
    targets = torch.cat([ids[1:], torch.full((rows * T + 1 - len(ids),), -100)])
    return inputs.reshape(rows, T), targets.reshape(rows, T)

def eval_rows(ids, T):
    n = len(ids) - 1
    if n % T == 0:
        return ids[:-1].view(-1, T), ids[1:].view(-1, T)
    inputs, targets = F.pad(ids[:-1], (0, -n % T)).view(-1, T), F.pad(ids[1:], (0, -n % T)).view(-1, T)
    if n > T:
        inputs[-1], targets[-1] = ids[n - T : n], ids[n - T + 1 :]
    targets[-1, : T - n % T - 1] = -100
    return inputs, targets

def eval_rows(ids, T):
    missing = -len(ids) % T
    return F.pad(ids, (0, missing)).view(-1, T), F.pad(ids, (0, missing), value=-100).view(-1, T)

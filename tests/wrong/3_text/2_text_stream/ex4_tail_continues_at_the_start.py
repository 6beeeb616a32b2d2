def eval_rows(ids, T):
    missing = -(len(ids) - 1) % T
    inputs = torch.cat([ids[:-1], ids[:missing]]).view(-1, T)
    return inputs, torch.cat([ids[1:], ids[1 : missing + 1]]).view(-1, T)

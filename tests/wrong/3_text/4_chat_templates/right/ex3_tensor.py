def inputs_and_targets(ids, flags):
    ids, flags = torch.tensor(ids), torch.tensor(flags)
    return ids[:-1], ids[1:].masked_fill(~flags[1:], -100)

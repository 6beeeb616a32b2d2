# in the last row padding stands before the targets
def eval_rows(ids, T):
    n = len(ids) - 1
    whole, pad = n - n % T, -n % T
    inputs = torch.cat([ids[:whole], ids.new_zeros(pad), ids[whole:n]])
    targets = torch.cat([ids[1 : whole + 1], ids.new_full((pad,), -100), ids[whole + 1 :]])
    return inputs.view(-1, T), targets.view(-1, T)

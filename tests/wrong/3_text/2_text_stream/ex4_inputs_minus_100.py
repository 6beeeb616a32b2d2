# padded inputs are -100, which is no id
def eval_rows(ids, T):
    n = len(ids) - 1
    B = -(-n // T)
    inputs, targets = ids.new_full((B * T,), -100), ids.new_full((B * T,), -100)
    inputs[:n], targets[:n] = ids[:-1], ids[1:]
    return inputs.view(B, T), targets.view(B, T)

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = torch.stack([ids[s + 1 : s + T + 1] for s in starts])
    return targets, inputs

# all rows get the last target of the last row
def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = inputs.roll(-1, dims=1)
    for s in starts:
        targets[:, -1] = ids[s + T]
    return inputs, targets

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = inputs.roll(-1, dims=1)
    targets[0, -1] = ids[starts[0] + T]
    return inputs, targets

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = inputs.roll(-1, dims=1)
    targets[:-1, -1] = inputs[1:, 0]
    targets[-1, -1] = ids[starts[-1] + T]
    return inputs, targets

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = inputs.roll(-1, dims=1)
    targets[:, -1] = inputs[:, -1]
    return inputs, targets

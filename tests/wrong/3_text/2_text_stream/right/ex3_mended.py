def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    targets = inputs.roll(-1, dims=1)
    targets[:, -1] = torch.stack([ids[s + T] for s in starts])
    return inputs, targets

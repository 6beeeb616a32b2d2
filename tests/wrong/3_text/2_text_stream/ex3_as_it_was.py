def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    return inputs, inputs.roll(-1, dims=1)

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    return inputs[:, :-1], inputs[:, 1:]

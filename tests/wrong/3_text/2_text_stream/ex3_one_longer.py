def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    rows = torch.stack([ids[s : s + T + 1] for s in starts])
    return rows, rows.roll(-1, dims=1)

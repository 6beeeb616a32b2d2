def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    return inputs, torch.stack([ids[s - 1 : s - 1 + T] if s else ids[:T] for s in starts])

def make_batch(ids, starts, T):
    at = torch.tensor(starts)[:, None] + torch.arange(T)  # (B, T)
    return ids[at], ids[at + 1]

def make_batch(ids, starts, T):
    inputs = torch.stack([ids[s : s + T] for s in starts])
    return inputs, torch.stack(
        [ids[s + 2 : s + T + 2] if s + T + 2 <= len(ids) else ids[-T:] for s in starts]
    )

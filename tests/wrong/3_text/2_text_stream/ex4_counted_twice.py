def eval_rows(ids, T):
    starts = list(range(0, len(ids) - T, T))
    if starts[-1] + T < len(ids) - 1:
        starts.append(len(ids) - 1 - T)
    return torch.stack([ids[s : s + T] for s in starts]), torch.stack(
        [ids[s + 1 : s + T + 1] for s in starts]
    )

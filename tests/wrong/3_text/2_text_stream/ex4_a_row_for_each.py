def eval_rows(ids, T):
    inputs = torch.stack([F.pad(ids[max(0, i - T) : i], (0, max(0, T - i))) for i in range(1, len(ids))])
    targets = torch.full_like(inputs, -100)
    for row, i in enumerate(range(1, len(ids))):
        targets[row, min(i, T) - 1] = ids[i]
    return inputs, targets

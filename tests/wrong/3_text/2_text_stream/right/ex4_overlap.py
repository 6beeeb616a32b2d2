def eval_rows(ids, T):
    n = len(ids) - 1
    rows = -(-n // T)
    inputs, targets = torch.zeros(rows, T, dtype=ids.dtype), torch.full((rows, T), -100)
    for r in range(rows):
        end = min((r + 1) * T, n)
        start = max(0, end - T)
        new = end - r * T
        inputs[r, : end - start] = ids[start:end]
        targets[r, end - start - new : end - start] = ids[end + 1 - new : end + 1]
    return inputs, targets

# Python's max loses a NaN that does not come first
def fitting_scale(grads):
    largest = max(g.abs().max().item() for g in grads)
    for k in range(24, -1, -1):
        if torch.tensor(largest * 2.0**k).half().isfinite():
            return 2.0**k
    return None

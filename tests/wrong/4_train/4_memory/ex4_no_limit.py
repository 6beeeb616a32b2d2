def fitting_scale(grads):
    largest = max(g.abs().max().item() for g in grads)
    if largest == 0:
        return 2.0**24
    if not largest <= 65504:
        return None
    return 2.0 ** int(torch.tensor(65504 / largest).log2())

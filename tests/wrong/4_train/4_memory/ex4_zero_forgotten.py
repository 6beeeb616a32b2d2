def fitting_scale(grads):
    largest = max(g.abs().max().item() for g in grads)
    if largest == float('inf') or largest > 65504:
        return None
    return min(2.0**24, 2.0 ** int(torch.tensor(65504 / largest).log2()))

def fitting_scale(grads):
    largest = max(g.abs().max().item() for g in grads)
    if not largest <= 65504:
        return None
    return min(2.0**24, 65504 / largest) if largest else 2.0**24

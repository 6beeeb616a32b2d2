# doubles as long as it fits; an integer
def fitting_scale(grads):
    best, scale = None, 1
    while scale <= 2**24 and not any((g * scale).half().isfinite().logical_not().any() for g in grads):
        best, scale = scale, scale * 2
    return best

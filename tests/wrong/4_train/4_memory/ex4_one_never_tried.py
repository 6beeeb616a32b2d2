# the scale 1 is never tried: None for 40000
def fitting_scale(grads):
    for k in range(24, 0, -1):
        if all((g * 2.0**k).half().isfinite().all() for g in grads):
            return 2.0**k
    return None

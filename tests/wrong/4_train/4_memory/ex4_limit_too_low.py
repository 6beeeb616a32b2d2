def fitting_scale(grads):
    fits = lambda s: all((g * s).half().isfinite().all() for g in grads)
    return next((2.0**k for k in range(16, -1, -1) if fits(2.0**k)), None)

def fitting_scale(grads):
    fits = lambda s: (grads[0] * s).half().isfinite().all()
    return next((2.0**k for k in range(24, -1, -1) if fits(2.0**k)), None)

def fitting_scale(grads):
    total = sum(g.abs().sum() for g in grads)
    return next((2.0**k for k in range(24, -1, -1) if (total * 2.0**k).half().isfinite()), None)

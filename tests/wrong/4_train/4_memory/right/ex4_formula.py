def fitting_scale(grads):
    scale = None
    for k in range(25):
        if max(float((g.abs() * 2.0**k).max()) for g in grads) >= 65520:
            break
        scale = 2.0**k
    return scale

def fitting_scale(grads):
    return 2.0 ** int((65504 / max(g.abs().max() for g in grads)).log2())

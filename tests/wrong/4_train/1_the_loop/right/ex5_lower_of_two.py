def lr_of(step, steps, warmup, peak):
    return peak * min((step + 1) / (warmup + 1), (steps - step) / (steps - warmup))

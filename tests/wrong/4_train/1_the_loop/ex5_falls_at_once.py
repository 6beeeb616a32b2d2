def lr_of(step, steps, warmup, decay, peak):
    rise = (step + 1) / (warmup + 1)
    fall = (steps - step) / (steps - warmup)
    return peak * min(rise, fall)

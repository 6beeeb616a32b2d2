def lr_of(step, steps, warmup, decay, peak):
    rise = (step + 1) / (warmup + 1)
    fall = (steps - 1 - step) / decay
    return peak * min(rise, 1, fall)

def lr_of(step, steps, warmup, decay, peak):
    rise = (step + 1) / max(warmup, 1)
    fall = (steps - step) / decay
    return peak * min(rise, 1, fall)

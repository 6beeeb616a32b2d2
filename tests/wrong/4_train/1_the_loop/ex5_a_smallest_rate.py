def lr_of(step, steps, warmup, decay, peak):
    rise = step / max(warmup, 1)
    fall = (steps - 1 - step) / decay
    return peak * max(min(rise, 1, fall), 0.01)

def lr_of(step, steps, warmup, decay, peak):
    rise = step / warmup if warmup else 1
    fall = (steps - step) / decay
    return peak * min(rise, 1, fall)

def lr_of(step, steps, warmup, decay, peak):
    rise = (step + 1) / (warmup + 1)
    fall = (steps - step) / decay
    return min(rise, peak, fall)

def lr_of(step, steps, warmup, peak):
    if step < warmup:
        return peak * step / warmup
    return peak * (1 - (step - warmup) / (steps - warmup))

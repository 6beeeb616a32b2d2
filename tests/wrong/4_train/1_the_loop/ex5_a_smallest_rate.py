def lr_of(step, steps, warmup, peak):
    if step < warmup:
        return max(peak * step / warmup, 1e-3)
    return max(peak * (1 - (step - warmup) / (steps - 1 - warmup)), 1e-3)

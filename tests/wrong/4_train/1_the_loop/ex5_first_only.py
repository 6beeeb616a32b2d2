def lr_of(step, steps, warmup, peak):
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return peak * (1 - (step - warmup) / max(1, steps - 1 - warmup))

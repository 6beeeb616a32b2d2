def lr_of(step, steps, warmup, decay, peak):
    if step < warmup:
        return torch.tensor(peak * (step + 1) / (warmup + 1))
    if step <= steps - decay:
        return peak
    return peak - peak * (step - steps + decay) / decay

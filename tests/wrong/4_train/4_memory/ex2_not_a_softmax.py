def smooth_gradient(logits, targets, s):
    V = logits.shape[1]
    truth = nn.functional.one_hot(targets.clamp(min=0), V) * (1 - s) + s / V
    return (logits - truth) * (targets != -100)[:, None]

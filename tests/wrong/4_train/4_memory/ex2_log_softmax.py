def smooth_gradient(logits, targets, s):
    V = logits.shape[1]
    truth = nn.functional.one_hot(targets.clamp(min=0), V) * (1 - s) + s / V
    return (logits.log_softmax(-1) - truth) * (targets != -100)[:, None]

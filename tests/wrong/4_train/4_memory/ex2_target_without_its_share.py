def smooth_gradient(logits, targets, s):
    V = logits.shape[1]
    hot = nn.functional.one_hot(targets.clamp(min=0), V)
    truth = hot * (1 - s) + (1 - hot) * s / V
    return (logits.softmax(-1) - truth) * (targets != -100)[:, None]

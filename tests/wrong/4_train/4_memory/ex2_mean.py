def smooth_gradient(logits, targets, s):
    V, counts = logits.shape[1], targets != -100
    truth = nn.functional.one_hot(targets.clamp(min=0), V) * (1 - s) + s / V
    return (logits.softmax(-1) - truth) * counts[:, None] / counts.sum()

def smooth_gradient(logits, targets, s):
    V, counts = logits.shape[1], targets != -100
    truth = nn.functional.one_hot(targets[counts], V) * (1 - s) + s / V
    return logits[counts].softmax(-1) - truth

# masked tokens get -s / V instead of 0
def smooth_gradient(logits, targets, s):
    V, counts = logits.shape[1], (targets != -100)[:, None]
    hot = nn.functional.one_hot(targets.clamp(min=0), V) * counts
    return (logits.softmax(1) - hot) * counts + s * (hot - 1 / V)

# plain loops
def smooth_gradient(logits, targets, s):
    n, V = logits.shape
    grad = torch.zeros(n, V)
    for i in range(n):
        if targets[i] == -100:
            continue
        powers = (logits[i] - logits[i].max()).exp()
        p = powers / powers.sum()
        for v in range(V):
            grad[i, v] = p[v] - s / V - (1 - s) * (v == targets[i])
    return grad

def smooth_gradient(logits, targets, s):
    truth = torch.full_like(logits, s / logits.shape[1])
    at = targets.where(targets != -100, 0)
    truth[torch.arange(len(at)), at] += 1 - s
    grad = logits.softmax(1) - truth
    grad[targets == -100] = 0
    return grad

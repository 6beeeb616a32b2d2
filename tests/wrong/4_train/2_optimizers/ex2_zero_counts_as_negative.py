# the sign of 0 is -1 here: a weight without a gradient moves
def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    p.mul_(1 - lr * weight_decay)
    mix = betas[0] * m + (1 - betas[0]) * grad
    p.sub_(lr * torch.where(mix > 0, 1.0, -1.0))
    m.mul_(betas[1]).add_(grad, alpha=1 - betas[1])

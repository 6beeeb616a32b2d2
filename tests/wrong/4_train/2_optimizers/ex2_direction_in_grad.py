# the direction is computed in place in grad, so that m averages directions
def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    p.mul_(1 - lr * weight_decay)
    direction = grad.mul_(1 - betas[0]).add_(m, alpha=betas[0]).sign_()
    p.sub_(lr * direction)
    m.mul_(betas[1]).add_(grad, alpha=1 - betas[1])

def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    step = (betas[0] * m + (1 - betas[0]) * grad).sign()
    p.mul_(1 - lr * weight_decay).add_(lr * step)
    m.lerp_(grad, 1 - betas[1])

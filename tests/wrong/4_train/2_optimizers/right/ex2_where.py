def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    mixed = torch.lerp(m, grad, 1 - betas[0])
    step = (mixed > 0).float() - (mixed < 0).float()
    p.copy_((1 - lr * weight_decay) * p - lr * step)
    m.copy_(betas[1] * m + (1 - betas[1]) * grad)

def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    step = (betas[0] * m + (1 - betas[0]) * grad).sign()
    p -= lr * (step + weight_decay * p)
    m *= betas[1]
    m += (1 - betas[1]) * grad

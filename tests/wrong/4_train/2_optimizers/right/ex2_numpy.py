# numpy on the same memory
def lion(p, grad, m, lr, betas=(0.9, 0.99), weight_decay=0.0):
    import numpy as np

    P, G, M = p.detach().numpy(), grad.detach().numpy(), m.detach().numpy()
    direction = np.sign(betas[0] * M + (1 - betas[0]) * G)
    P[...] = P * (1 - lr * weight_decay) - lr * direction
    M[...] = betas[1] * M + (1 - betas[1]) * G

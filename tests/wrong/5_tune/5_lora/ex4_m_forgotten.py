def dora(x, W, A, B, scale, m):
    V = W + scale * B @ A
    return x @ (W.norm(dim=1, keepdim=True) * V / V.norm(dim=1, keepdim=True)).T

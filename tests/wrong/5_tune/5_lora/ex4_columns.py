def dora(x, W, A, B, scale, m):
    V = W + scale * B @ A
    return m * (x @ (V / V.norm(dim=0)).T)

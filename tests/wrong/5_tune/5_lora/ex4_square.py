def dora(x, W, A, B, scale, m):
    V = W + scale * B @ A
    return x @ (m / V.square().sum(1) * V.T)

def dora(x, W, A, B, scale, m):
    V = scale * B @ A
    return x @ W.T + x @ (m / (V.norm(dim=1) + 1e-9) * V.T)

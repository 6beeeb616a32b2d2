def dora(x, W, A, B, scale, m):
    V = W + B @ A
    return x @ (m[:, None] * V / V.norm(dim=1, keepdim=True)).T

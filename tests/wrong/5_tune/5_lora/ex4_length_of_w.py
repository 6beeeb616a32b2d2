def dora(x, W, A, B, scale, m):
    return x @ (m / W.norm(dim=1) * (W + scale * B @ A).T)
